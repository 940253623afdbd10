# SPDX-License-Identifier: Apache-2.0
"""`prodl new`: files for a data set or a recipe, one subcommand each."""

import click

# The modules of the subcommands are light: the help of `prodl new` loads them all.


@click.group()
def command() -> None:
    """Write the files of a new data set, or the block of a new recipe."""
