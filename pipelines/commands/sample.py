# SPDX-License-Identifier: Apache-2.0
"""`prodl sample`: pictures that a published generator makes."""

import math
from pathlib import Path

from components.contracts.signatures import IMAGES, SAMPLE, SAMPLE_CLASS
from components.core.errors import UsageError
from components.report.fragments.image_sheet import image_sheet
from components.serving.saved_model import ServedModel
from pipelines.console import log_file, quiet, say
from pipelines.published_models import model_of

_GAP = 2


def sample(
    recipe: str,
    count: int,
    seed: int,
    output: Path,
    label: str | None = None,
    verbose: bool = False,
) -> None:
    """Write a sheet of pictures as PNG; the same seed gives the same pictures.

    Args:
        recipe: Name of the recipe.
        count: Number of pictures.
        seed: Decides which.
        output: The PNG file; its folder is made if needed.
        label: The class to make pictures of. Defaults to any.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        UsageError: If no model of the recipe is published, it makes no pictures, or
            none of that class.
    """
    model = ServedModel(model_of(recipe))
    with quiet(log_file(f"sample-{recipe}"), verbose):
        sheet = _sheet(recipe, model, count, seed, label)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(sheet)
    of_class = "" if label is None else f", class {label}"
    say(f"{output}: {count} pictures of {recipe}, seed {seed}{of_class}")


def _sheet(
    recipe: str, model: ServedModel, count: int, seed: int, label: str | None
) -> bytes:
    import tensorflow as tf

    if not model.has_signature(SAMPLE):
        raise UsageError(
            f"the model of {recipe!r} makes no pictures: it has no signature "
            f"{SAMPLE!r}.\nAsk a generator, as in: prodl sample mnist-gan"
        )
    asked = {"count": tf.constant(count), "seed": tf.constant(seed)}
    if label is None:
        answer = model.signature(SAMPLE)(**asked)
    else:
        index = tf.constant(_index_of(label, recipe, model))
        answer = model.signature(SAMPLE_CLASS)(**asked, label=index)
    columns = math.ceil(math.sqrt(count))
    return image_sheet(answer[IMAGES].numpy(), columns, gap=_GAP)


def _index_of(label: str, recipe: str, model: ServedModel) -> int:
    if not model.has_signature(SAMPLE_CLASS):
        raise UsageError(
            f"--class {label}: the model of {recipe!r} was trained without classes.\n"
            "Leave --class out, or ask a GAN trained with `conditional: true`, as "
            "mnist-gan is."
        )
    classes: list[str] = model.provenance["dataset"]["classes"]
    if label not in classes:
        raise UsageError(
            f"--class: expected one of {', '.join(classes)}.\nReceived {label!r}."
        )
    return classes.index(label)
