# SPDX-License-Identifier: Apache-2.0
"""`prodl predict`: the answer of a published model to files, texts or rows."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from components.core.errors import ProdlError
from pipelines.console import log_file, quiet, say, verbose_option
from pipelines.published_models import published_model_of


@click.command()
@click.argument("recipe")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for pictures that a model gives [predictions].",
)
@click.option(
    "--table",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.csv",
    help="Write the probability of each class for each picture, if all can be read.",
)
@click.option("--words", type=click.IntRange(0, 1000), help="Words to add [28].")
@click.option(
    "--temperature",
    type=click.FloatRange(min=0),
    help="0 takes the most probable word each time [0].",
)
@click.option(
    "--top-k",
    type=click.IntRange(min=0),
    help="Sample from so many words, 0 for all [0].",
)
@click.option(
    "--top-p",
    type=click.FloatRange(0, 1),
    help="Sample from words of this probability together [1].",
)
@click.option("--beam", type=click.IntRange(0, 32), help="Width of a beam search [0].")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    help="The same seed gives the same text [1].",
)
@click.option("--count", type=click.IntRange(1, 1000), help="Items to recommend [10].")
@click.option(
    "--for",
    "wanted",
    multiple=True,
    metavar="ITEM",
    help="Predict the rating of ITEM, by name or title, in place of recommending.",
)
@verbose_option
def command(
    recipe: str, inputs: tuple[str, ...], verbose: bool, **options: object
) -> None:
    """Give the answer of the published model of RECIPE to each INPUT.

    \b
    An input is what the model takes:
      a picture, or a folder of them    its class; denoised; reconstructed
      the beginning of a text           the text continued
      a row as JSON, or a file of rows  its class or number (.csv, .json, .parquet)
      ratings as JSON, or a file, or a user of the training data  recommendations
    --table is an option of a classifier of pictures. The options for words and for
    sampling are those of a model of texts, --count and --for those of a model of
    ratings.
    """
    given = {name: value for name, value in options.items() if value not in (None, ())}
    predict(recipe, inputs, given, verbose)


def predict(
    recipe: str,
    inputs: Sequence[str],
    options: Mapping[str, object],
    verbose: bool = False,
) -> None:
    """Print the answer to each input.

    A picture or a row that cannot be read stops no other where its class or number is
    asked for; where pictures become pictures or rows of a file, all are written or
    none.

    Args:
        recipe: Name of the recipe.
        inputs: Pictures, folders of them, texts, rows of a table, ratings, or users.
        options: Options by name, only those that were given.
        verbose: Show the libraries' logging. Defaults to False.

    Raises:
        UsageError: If no model of the recipe is published, or the model does not take
            such inputs or options.
        ProdlError: At the end, if an input could not be read.
    """
    model = published_model_of(recipe)
    with quiet(log_file(f"predict-{recipe}"), verbose):
        # Imports TensorFlow, whose messages belong into the log file.
        from components.serving.predict import predict as answers_of
        from components.serving.saved_model import SavedModel

        answers = list(answers_of(SavedModel(model), inputs, options))
    for answer in answers:
        if answer.is_error:
            print(answer.text, file=sys.stderr)
        else:
            say(answer.text)
    num_errors = sum(answer.is_error for answer in answers)
    if num_errors:
        table = options.get("table")
        unwritten = f"\n{table} is not written." if table else ""
        raise ProdlError(
            f"{num_errors} of {len(answers)} inputs could not be read.{unwritten}"
        )
