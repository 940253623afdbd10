# SPDX-License-Identifier: Apache-2.0
"""`prodl validate`: the data steps of a data set alone."""

import click

from pipelines.console import verbose_option
from pipelines.local.run import validate_dataset


@click.command()
@click.argument("dataset")
@verbose_option
def command(dataset: str, verbose: bool) -> None:
    """Validate the data of DATASET; writes reports/data/DATASET."""
    validate_dataset(dataset, verbose)
