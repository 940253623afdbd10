# SPDX-License-Identifier: Apache-2.0
"""`prodl emulate`: a specification or a recipe executed here as on a cluster."""

from pathlib import Path

import click

from pipelines.console import log_file, quiet, verbose_option
from pipelines.kubeflow.options import (
    CompileOptions,
    cluster_options,
    parameter_option,
    read_assignments,
)


@click.command()
@click.argument("what")
@cluster_options
@parameter_option
@verbose_option
def command(
    what: str, parameters: tuple[str, ...], verbose: bool, **options: str
) -> None:
    """Execute WHAT, a compiled file or a recipe, here as a cluster would."""
    with quiet(log_file(f"emulate-{Path(what).stem}"), verbose):
        # Imports TFX, whose messages belong into the log file.
        from pipelines.emulator.emulate import emulate

        emulate(what, CompileOptions(**options), read_assignments(parameters))
