# SPDX-License-Identifier: Apache-2.0
"""`prodl run`: a recipe from raw files to a pushed model."""

import click

from pipelines.console import verbose_option
from pipelines.local.run import run_recipe


@click.command()
@click.argument("recipe")
@verbose_option
def command(recipe: str, verbose: bool) -> None:
    """Run RECIPE from data to pushed model; writes metrics and reports/RECIPE."""
    run_recipe(recipe, verbose)
