# SPDX-License-Identifier: Apache-2.0
"""`prodl init`: a project of the user's own, made of their data."""

import sys
from pathlib import Path

import click

from pipelines.commands.new import ask, data_option, target_option, yes_option


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@data_option
@target_option
@click.option(
    "--name",
    default="",
    metavar="DATASET",
    help="Name of the data set. Defaults to that of DIR.",
)
@yes_option
def command(folder: Path, source: Path, target: str, name: str, yes: bool) -> None:
    """Make a project in DIR: your data, a first recipe, code of your own.

    PATH is what `prodl new data` takes. The network, the preprocessing and a check are
    plain functions and classes in the folder `mine` of the project.
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
