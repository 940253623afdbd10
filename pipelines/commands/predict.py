# SPDX-License-Identifier: Apache-2.0
"""`prodl predict`: class and probability of picture files."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from components.core.errors import ProdlError
from pipelines.console import log_file, quiet, say, verbose_option
from pipelines.published_models import published_model_of


@click.command()
@click.argument("recipe")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@verbose_option
def command(recipe: str, files: tuple[Path, ...], verbose: bool) -> None:
    """Classify picture FILES (or folders) with the published model of RECIPE."""
    predict(recipe, files, verbose)


def predict(recipe: str, files: Sequence[Path], verbose: bool = False) -> None:
    """Print class and probability of each picture; an unreadable one stops nothing.

    Args:
        recipe: Name of the recipe.
        files: Pictures, or folders of them.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        UsageError: If no model of the recipe is published.
        ProdlError: At the end, if a file could not be read.
    """
    model = published_model_of(recipe)
    with quiet(log_file(f"predict-{recipe}"), verbose):
        # Imports TensorFlow, whose messages belong into the log file.
        from components.serving.classify import Unreadable, predict_files

        results = list(predict_files(model, files))
    for found in results:
        if isinstance(found, Unreadable):
            print(f"{found.path}: not readable: {found.reason}", file=sys.stderr)
        else:
            say(f"{found.path}: {found.label} ({found.probability:.3f})")
    num_unreadable = sum(isinstance(found, Unreadable) for found in results)
    if num_unreadable:
        raise ProdlError(f"{num_unreadable} of {len(results)} files could not be read.")
