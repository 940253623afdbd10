# SPDX-License-Identifier: Apache-2.0
"""`prodl denoise`: picture files freed of noise by a published model."""

from collections.abc import Sequence
from pathlib import Path

from components.serving.denoise import restore_files
from components.serving.saved_model import ServedModel
from pipelines.console import log_file, quiet, say
from pipelines.published_models import model_of


def denoise(
    recipe: str, files: Sequence[Path], folder: Path, verbose: bool = False
) -> None:
    """Write what a model makes of noisy pictures, each under its own name.

    Args:
        recipe: Name of the recipe.
        files: Pictures of the size that the model takes.
        folder: Where to write.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        UsageError: If no model of the recipe is published, it frees nothing of noise,
            or a file is no picture of that size.
    """
    model = ServedModel(model_of(recipe))
    with quiet(log_file(f"denoise-{recipe}"), verbose):
        written = restore_files(model, files, folder)
    for path in written:
        say(str(path))
