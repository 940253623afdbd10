# SPDX-License-Identifier: Apache-2.0
"""`prodl doctor`: whether machine and checkout, or a cluster, can run the project."""

import sys
from pathlib import Path
from typing import Any

import click

from components.core.errors import UsageError
from components.core.project import project_root
from pipelines.doctor.checks import examine
from pipelines.doctor.findings import Finding, exit_code, render


@click.command()
@click.argument("recipe", default="")
@click.option("--cluster", is_flag=True, help="Check a Kubernetes cluster instead.")
@click.option("--kubeconfig", default="", help="Defaults to KUBECONFIG, as kubectl.")
@click.option("--context", default="", help="Defaults to the kubeconfig's current.")
@click.option("-n", "--namespace", default="", help="Of the run: infra/pools.yaml.")
@click.option("--host", default="", help="Address of Kubeflow Pipelines.")
@click.option("--pool", default="", help="Pool of the trainer: infra/pools.yaml.")
@click.option("--image", default="", help="Container image that holds this project.")
@click.option("--root", default="", help="Address for artifacts.")
@click.option(
    "--specification",
    type=click.Path(path_type=Path),
    help="Compiled file, in place of --pool and --image.",
)
def command(cluster: bool, **options: Any) -> None:
    """Check this machine and this checkout, or a cluster; one remedy per finding.

    With --cluster: whether a run of RECIPE can start there. Nothing is changed.
    """
    given = [name for name, value in options.items() if value]
    if given and not cluster:
        name = "RECIPE" if given[0] == "recipe" else f"--{given[0]}"
        raise UsageError(f"{name} is for --cluster only.\nAdd it, or leave out {name}.")
    findings = _examine_cluster(options) if cluster else examine(project_root())
    click.echo(render(findings))
    sys.exit(exit_code(findings))


def _examine_cluster(options: dict[str, Any]) -> list[Finding]:
    # Here, because examining this machine needs no client of Kubernetes.
    try:
        from pipelines.doctor.cluster import checks
        from pipelines.doctor.cluster.options import ClusterOptions, prepare
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the package {error.name} is missing, which asks a cluster.\n"
            "Install it with: pip install 'prodl[kubeflow]'"
        ) from None
    return checks.examine(prepare(project_root(), ClusterOptions(**options)))
