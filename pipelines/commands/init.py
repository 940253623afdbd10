# SPDX-License-Identifier: Apache-2.0
"""`prodl init`: a project of the user's own, made of their data."""

import sys
from pathlib import Path

import click

from pipelines.commands.new import ask


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "source",
    required=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Folder, archive or file with the data, as of `prodl new data`.",
)
@click.option(
    "--target",
    default="",
    metavar="COLUMN",
    help="Column of a table to be predicted. Defaults to asking for it.",
)
@click.option(
    "--name",
    default="",
    metavar="DATASET",
    help="Name of the data set. Defaults to that of DIR.",
)
@click.option("--yes", is_flag=True, help="Copy gigabytes without asking.")
def command(folder: Path, source: Path, target: str, name: str, yes: bool) -> None:
    """Make a project in DIR: your data, a first recipe, code of your own.

    The network, the preprocessing and a check are plain functions and classes in its
    folder `mine`.
    """
    # Here, because looking at data loads libraries that the help does without.
    from pipelines.console import say
    from pipelines.lock import die_with_parent
    from pipelines.new_project.new_project import new_project

    die_with_parent()
    asked = ask if sys.stdin.isatty() else None
    recipe = new_project(folder, source, target, name, yes, asked, say)
    say(
        f"{folder} is a project with the recipe {recipe}. Next:\n"
        f"  cd {folder}\n  git init\n  dvc repro"
    )
