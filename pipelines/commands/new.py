# SPDX-License-Identifier: Apache-2.0
"""`prodl new`: files for a data set or a recipe, one subcommand each."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from components.core.project import project_root

# The modules of the subcommands are light: the help of `prodl new` loads them all.


data_option = click.option(
    "--from",
    "source",
    required=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Folder, archive or file with the data.",
)
target_option = click.option(
    "--target",
    default="",
    metavar="COLUMN",
    help="Column of a table to be predicted. Defaults to asking for it.",
)
yes_option = click.option("--yes", is_flag=True, help="Copy gigabytes without asking.")


@click.group()
def command() -> None:
    """Write the files of a new data set, or the block of a new recipe."""


@command.command("recipe")
@click.argument("name")
@click.option(
    "--like",
    default="",
    metavar="RECIPE",
    help="Recipe whose family and settings it takes.",
)
@click.option(
    "--family",
    default="",
    metavar="FAMILY",
    help="Its family, instead of --like: table, factors, cnn, rnn or language_model.",
)
@click.option(
    "--data",
    "dataset",
    default="",
    metavar="DATASET",
    help="Its data set. Defaults to that of RECIPE.",
)
def recipe(name: str, like: str, family: str, dataset: str) -> None:
    """Write the block of a recipe NAME, with sizes and a gate that fit its data.

    Epochs, batches and layers follow from the number and size of the items, the limits
    of the gate from what simpler models reach on the same data.
    """
    # Here, because they read settings.
    from pipelines.console import say
    from pipelines.new_recipe.new_recipe import new_recipe

    made = new_recipe(project_root(), name, like, dataset, family)
    say(f"params.yaml has a new recipe:\n\n{made.block}\nTry it: prodl run {name}")


@command.command("data")
@click.argument("name")
@data_option
@target_option
@click.option("--dry-run", is_flag=True, help="Show what was found, write nothing.")
@yes_option
def data(name: str, source: Path, target: str, dry_run: bool, yes: bool) -> None:
    """Write the files of a data set NAME that is made of your own files.

    \b
    PATH is
      a folder with a folder of pictures for each class, or pictures with a CSV
      IDX files, a text, or a folder of texts
      a table: CSV, TSV or Parquet
      ratings: CSV or TSV with columns such as user, film, rating, time
    """
    # Here, because they import NumPy and SciPy.
    from pipelines.console import say
    from pipelines.local.dvc_queue import note_for_queue
    from pipelines.lock import die_with_parent
    from pipelines.new_data.new_data import new_data, next_commands

    die_with_parent()
    root = project_root()
    asked = ask if sys.stdin.isatty() else None
    made = new_data(root, name, source, target, dry_run, yes, asked, say)
    for line in [] if dry_run else note_for_queue(root):
        say(line)
    say(f"\n{next_commands(root, made, dry_run)}")


def ask(question: str, choices: Sequence[str]) -> str:
    """Ask a question on the terminal until one of the choices is the answer."""
    return str(click.prompt(question, type=click.Choice(list(choices))))
