# SPDX-License-Identifier: Apache-2.0
"""`prodl compile`: a recipe as a specification for Kubeflow Pipelines."""

from pathlib import Path

import click

from pipelines.console import log_file, quiet, verbose_option
from pipelines.kubeflow.options import CompileOptions, cluster_options


@click.command()
@click.argument("recipe")
@cluster_options
@click.option("-o", "path", required=True, type=click.Path(path_type=Path))
@verbose_option
def command(recipe: str, path: Path, verbose: bool, **options: str) -> None:
    """Write RECIPE as a specification for Kubeflow Pipelines."""
    with quiet(log_file(f"compile-{recipe}"), verbose):
        # Imports TFX, whose messages belong into the log file.
        from pipelines.kubeflow.compile import write_specification

        write_specification(recipe, path, CompileOptions(**options))
