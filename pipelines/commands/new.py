# SPDX-License-Identifier: Apache-2.0
"""`prodl new`: files for a data set or a recipe, one subcommand each."""

import click

from components.core.project import project_root

# The modules of the subcommands are light: the help of `prodl new` loads them all.


@click.group()
def command() -> None:
    """Write the files of a new data set, or the block of a new recipe."""


@command.command("recipe")
@click.argument("name")
@click.option(
    "--like", required=True, metavar="RECIPE", help="Recipe to take the family from."
)
@click.option(
    "--data", "dataset", default="", help="Its data set. Defaults to that of RECIPE."
)
def recipe(name: str, like: str, dataset: str) -> None:
    """Write the block of a recipe NAME, with sizes and a gate that fit its data.

    Epochs, batches and layers follow from the number and size of the items, the limits
    of the gate from what simpler models reach on the same data.
    """
    # Here, because they read settings.
    from pipelines.console import say
    from pipelines.new_recipe.new_recipe import new_recipe

    made = new_recipe(project_root(), name, like, dataset)
    say(f"params.yaml has a new recipe:\n\n{made.block}\nTry it: prodl run {name}")
