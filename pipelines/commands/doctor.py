# SPDX-License-Identifier: Apache-2.0
"""`prodl doctor`: whether this machine and this checkout can run the project."""

import sys

import click

from components.core.project import project_root
from pipelines.doctor.checks import examine
from pipelines.doctor.findings import exit_code, render


@click.command()
def command() -> None:
    """Check this machine and this checkout; one remedy per finding."""
    findings = examine(project_root())
    click.echo(render(findings))
    sys.exit(exit_code(findings))
