# SPDX-License-Identifier: Apache-2.0
"""`prodl classes`: the classes of a data set."""

import click

from components.core.project import project_root
from components.ingest.source_list import read_source_list
from pipelines.console import say


@click.command()
@click.argument("dataset")
def command(dataset: str) -> None:
    """List the classes of DATASET."""
    say(" ".join(read_source_list(project_root(), dataset).classes))
