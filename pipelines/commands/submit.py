# SPDX-License-Identifier: Apache-2.0
"""`prodl submit`: a recipe run by Kubeflow Pipelines, followed to its end."""

import click

from pipelines.console import log_file, quiet, verbose_option
from pipelines.kubeflow.options import (
    CompileOptions,
    cluster_options,
    parameter_option,
    read_assignments,
)


@click.command()
@click.argument("recipe")
@click.option("--host", required=True, help="Address of Kubeflow Pipelines.")
@click.option("--namespace", default="", help="Yours, where there are several users.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent; send nothing.")
@cluster_options
@parameter_option
@verbose_option
def command(
    recipe: str,
    host: str,
    namespace: str,
    dry_run: bool,
    parameters: tuple[str, ...],
    verbose: bool,
    **options: str,
) -> None:
    """Run RECIPE on Kubeflow Pipelines, and follow it to its end."""
    overrides = read_assignments(parameters)
    with quiet(log_file(f"submit-{recipe}"), verbose):
        # Imports TFX, whose messages belong into the log file.
        from pipelines.kubeflow.submit import submit

        compile_options = CompileOptions(**options)
        submit(recipe, host, compile_options, overrides, namespace, dry_run)
