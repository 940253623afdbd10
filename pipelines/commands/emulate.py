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
@click.option("--yes", is_flag=True, help="Do not ask before commands of a FILE run.")
@cluster_options
@parameter_option
@verbose_option
def command(
    what: str, yes: bool, parameters: tuple[str, ...], verbose: bool, **options: str
) -> None:
    """Execute WHAT, a compiled file or a recipe, here as a cluster would.

    A file that this project did not compile runs commands of somebody else: they are
    shown, and executed only after a confirmation.
    """
    with quiet(log_file(f"emulate-{Path(what).stem}"), verbose):
        # Imports TFX, whose messages belong into the log file.
        from pipelines.emulator.emulate import emulate

        compile_options = CompileOptions(**options)
        emulate(what, compile_options, read_assignments(parameters), yes)
