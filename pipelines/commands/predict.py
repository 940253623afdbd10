# SPDX-License-Identifier: Apache-2.0
"""`prodl predict`: what a published model says about picture files."""

import sys
from collections.abc import Sequence
from pathlib import Path

from components.core.errors import ProdlError
from components.serving.classify import Unreadable, predict_files
from pipelines.console import log_file, quiet, say
from pipelines.published_models import model_of


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
    model = model_of(recipe)
    with quiet(log_file(f"predict-{recipe}"), verbose):
        answers = list(predict_files(model, files))
    for answer in answers:
        if isinstance(answer, Unreadable):
            print(f"{answer.path}: not readable: {answer.reason}", file=sys.stderr)
        else:
            say(f"{answer.path}: {answer.label} ({answer.probability:.3f})")
    num_unreadable = sum(isinstance(answer, Unreadable) for answer in answers)
    if num_unreadable:
        raise ProdlError(f"{num_unreadable} of {len(answers)} files could not be read.")
