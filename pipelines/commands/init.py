# SPDX-License-Identifier: Apache-2.0
"""`prodl init`: a project of the user's own, made of their data."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "source",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder or file with your data: pictures, a table, texts.",
)
@click.option("--target", default="", help="Column of a table to be predicted.")
@click.option("--name", default="", help="Of the data set; FOLDER's if not given.")
@click.option("--yes", is_flag=True, help="Copy gigabytes without asking.")
def command(folder: Path, source: Path, target: str, name: str, yes: bool) -> None:
    """Make a project in FOLDER: data, a first recipe, and code of your own."""
    # Here, because looking at data loads libraries that the help does without.
    from pipelines.new_project.new_project import new_project

    ask = _ask if sys.stdin.isatty() else None
    recipe = new_project(folder, source, target, name, yes, ask, click.echo)
    click.echo(
        f"{folder} is a project with the recipe {recipe}. Next:\n"
        f"  cd {folder}\n  git init\n  dvc repro"
    )


def _ask(question: str, answers: Sequence[str]) -> str:
    choice = click.Choice(list(answers), case_sensitive=True)
    answer: str = click.prompt(question, type=choice)
    return answer
