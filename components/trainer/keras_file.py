# SPDX-License-Identifier: Apache-2.0
"""The file `model.keras` beside a SavedModel, which plain Keras loads.

It holds layers of Keras alone, but for those of a user's own network: whoever loads it
needs nothing of this project.
"""

import json
import zipfile
from pathlib import Path
from typing import Any, Final

import keras

from components.model_store.published import KERAS_FILE

_METADATA: Final = "metadata.json"
# The first time that an archive can name: equal models are equal files.
_TIME: Final = (1980, 1, 1, 0, 0, 0)


def write_keras_file(model: keras.Model, folder: Path) -> None:
    """Write `model.keras`.

    Args:
        model: The model in float32. A layer of ours has a method `as_keras_layer`.
        folder: Folder of the SavedModel.
    """
    written = folder / f".{KERAS_FILE}"
    # Keras takes the format from the suffix.
    with_times = written.with_suffix(".times.keras")
    as_plain_keras(model).save(with_times)
    _copy_without_times(with_times, written)
    with_times.unlink()
    written.rename(folder / KERAS_FILE)


def free_name(model: keras.Model, name: str) -> str | None:
    """A name for a layer that is added to a model; None if a layer has it already."""
    taken = {operation.name for operation in model.operations}
    return None if name in taken else name


def as_plain_keras(model: keras.Model) -> keras.Model:
    """The same model without layers of ours.

    Args:
        model: A functional model; its inner models are converted as well.
    """
    if not any(map(_is_ours, model._flatten_layers())):
        return model
    plain = keras.models.clone_model(model, clone_function=_convert, recursive=True)
    plain.set_weights(model.get_weights())
    return plain


def _is_ours(layer: keras.layers.Layer) -> bool:
    return hasattr(layer, "as_keras_layer")


def _convert(layer: Any) -> Any:
    if _is_ours(layer):
        return layer.as_keras_layer()
    return type(layer).from_config(layer.get_config())


def _copy_without_times(source: Path, target: Path) -> None:
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as copy:
        for name in sorted(archive.namelist()):
            content = archive.read(name)
            if name == _METADATA:
                metadata = json.loads(content)
                metadata.pop("date_saved", None)
                content = json.dumps(metadata).encode()
            copy.writestr(zipfile.ZipInfo(name, _TIME), content)
