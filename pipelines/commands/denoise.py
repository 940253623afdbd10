# SPDX-License-Identifier: Apache-2.0
"""`prodl denoise`: picture files denoised by a published autoencoder."""

from collections.abc import Sequence
from pathlib import Path

import click

from pipelines.console import log_file, quiet, say, verbose_option
from pipelines.published_models import published_model_of


@click.command()
@click.argument("recipe")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "folder",
    default="denoised",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to.",
)
@verbose_option
def command(recipe: str, files: tuple[Path, ...], folder: Path, verbose: bool) -> None:
    """Remove noise from picture FILES with the published denoiser of RECIPE."""
    denoise(recipe, files, folder, verbose)


def denoise(
    recipe: str, files: Sequence[Path], folder: Path, verbose: bool = False
) -> None:
    """Write the denoised version of each picture under the picture's own name.

    Args:
        recipe: Name of the recipe.
        files: Pictures of the model's input size.
        folder: Folder to write to.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        UsageError: If no model of the recipe is published, it is no denoiser, or a
            file is no picture of its input size.
    """
    model = published_model_of(recipe)
    with quiet(log_file(f"denoise-{recipe}"), verbose):
        # Imports TensorFlow, whose messages belong into the log file.
        from components.serving.denoise import denoise_files
        from components.serving.saved_model import SavedModel

        written = denoise_files(SavedModel(model), files, folder)
    for path in written:
        say(str(path))
