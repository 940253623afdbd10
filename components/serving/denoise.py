# SPDX-License-Identifier: Apache-2.0
"""Free picture files of noise with a published denoiser."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.contracts.signatures import DENOISE, IMAGES
from components.core.errors import UsageError
from components.serving.digits import as_grey

if TYPE_CHECKING:
    from components.serving.saved_model import ServedModel


def restore_files(
    model: "ServedModel", paths: Sequence[Path], folder: Path
) -> list[Path]:
    """Write a PNG of the same name for each picture; all of them, or none.

    Args:
        model: A model with the signature `denoise`.
        paths: Pictures of the size that the model takes, in any format that Pillow
            reads; colours become grey.
        folder: Where to write; made if needed.

    Raises:
        UsageError: If the model frees nothing of noise, a file is no such picture, or
            two files would get the same name.
    """
    if not model.has_signature(DENOISE):
        raise UsageError(
            f"{model.path}: the model frees no picture of noise: it has no signature "
            f"{DENOISE!r}.\nAsk a denoiser, as in: prodl denoise mnist-denoising-ae"
        )
    shape = tuple(model.provenance.get("dataset", {}).get("image_shape", ()))
    targets = [folder / f"{path.stem}.png" for path in paths]
    _check_targets(paths, targets)
    pictures = [_read(path, shape) for path in paths]
    restored = _restore(model, pictures)
    folder.mkdir(parents=True, exist_ok=True)
    for target, picture in zip(targets, restored, strict=True):
        _write(target, picture)
    return targets


def _check_targets(paths: Sequence[Path], targets: Sequence[Path]) -> None:
    sources = {path.resolve() for path in paths}
    for target in targets:
        if targets.count(target) > 1:
            raise UsageError(
                f"two of the pictures would be written to {target}.\n"
                "Rename one of them, or ask for them one after the other."
            )
        if target.resolve() in sources:
            raise UsageError(
                f"{target} would be overwritten by what becomes of it.\n"
                "Name another folder with -o."
            )


def _read(path: Path, shape: tuple[int, ...]) -> Any:
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            size = (image.height, image.width, 1)
            if size != shape:
                raise UsageError(
                    f"{path}: expected a picture of {shape[1]} x {shape[0]} pixels.\n"
                    f"Received {size[1]} x {size[0]}. Noise does not survive a change "
                    "of size as it is: cut the picture instead."
                )
            return as_grey(image).round().astype(np.uint8)[..., np.newaxis]
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file.") from None
    except (UnidentifiedImageError, OSError) as error:
        raise UsageError(f"{path}: not a readable picture: {error}.") from None


def _restore(model: "ServedModel", pictures: Sequence[Any]) -> Any:
    import numpy as np

    return model.answers(DENOISE, IMAGES, images=np.stack(pictures))


def _write(path: Path, picture: Any) -> None:
    from PIL import Image

    Image.fromarray(picture[..., 0]).save(path, format="PNG")
