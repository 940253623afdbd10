# SPDX-License-Identifier: Apache-2.0
"""`prodl sample`: pictures that a published generator makes."""

import math
from pathlib import Path

from components.errors import UsageError
from components.evaluator.served import SAMPLE, ServedModel
from components.report.sheets import image_sheet
from pipelines.baseline import model_of
from pipelines.console import log_file, quiet, say

_GAP = 2


def sample(
    recipe: str, count: int, seed: int, output: Path, verbose: bool = False
) -> None:
    """Write a sheet of pictures as PNG; the same seed gives the same pictures.

    Args:
        recipe: Name of the recipe.
        count: Number of pictures.
        seed: Decides which.
        output: The PNG file; its folder is made if needed.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        UsageError: If no model of the recipe is published, or it makes no pictures.
    """
    model = ServedModel(model_of(recipe))
    with quiet(log_file(f"sample-{recipe}"), verbose):
        sheet = _sheet(recipe, model, count, seed)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(sheet)
    say(f"{output}: {count} pictures of {recipe}, seed {seed}")


def _sheet(recipe: str, model: ServedModel, count: int, seed: int) -> bytes:
    import tensorflow as tf

    if not model.has_signature(SAMPLE):
        raise UsageError(
            f"the model of {recipe!r} makes no pictures: it has no signature "
            f"{SAMPLE!r}.\nAsk a generator, as in: prodl sample mnist-gan"
        )
    answer = model.signature(SAMPLE)(count=tf.constant(count), seed=tf.constant(seed))
    columns = math.ceil(math.sqrt(count))
    return image_sheet(answer["images"].numpy(), columns, gap=_GAP)
