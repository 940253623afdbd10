# SPDX-License-Identifier: Apache-2.0
"""Options of `prodl doctor --cluster`, and what is examined by them."""

from dataclasses import dataclass
from pathlib import Path

from components.core.errors import UsageError
from pipelines.config import load_config
from pipelines.doctor.cluster.capacity.demand import (
    Demand,
    demand_of_file,
    demand_of_table,
)
from pipelines.doctor.cluster.http.connection import connect
from pipelines.doctor.cluster.subject import Subject
from pipelines.kubeflow.pools import BASE_POOL, Pools, load_pools

# As `prodl compile` without --image.
IMAGE = "prodl"


@dataclass(frozen=True)
class ClusterOptions:
    """The options; an empty field takes the default."""

    recipe: str = ""
    """Recipe of the planned run; every recipe asks the same of a cluster."""

    specification: Path | None = None
    """Compiled file to read the demand from. Defaults to infra/pools.yaml."""

    pool: str = ""
    """Pool of the trainer."""

    image: str = ""
    """Container image."""

    root: str = ""
    """Address for artifacts."""

    host: str = ""
    """Address of Kubeflow Pipelines."""

    context: str = ""
    """Context of the kubeconfig."""

    kubeconfig: str = ""
    """The kubeconfig."""

    namespace: str = ""
    """Namespace of the run."""


def prepare(project: Path, options: ClusterOptions) -> Subject:
    """Read the project's part, then connect to the cluster.

    Args:
        project: The project's folder.
        options: Options of the command line.

    Raises:
        UsageError: An option is wrong, or the cluster cannot be asked.
    """
    pools = load_pools(project)
    demand = _demand(project, pools, options)
    return Subject(
        connection=connect(options.kubeconfig, options.context),
        project=project,
        pools=pools,
        demand=demand,
        namespace=options.namespace or pools.cluster.namespace,
        root=options.root,
        host=options.host,
    )


def _demand(project: Path, pools: Pools, options: ClusterOptions) -> Demand:
    if options.recipe:
        load_config(project).recipe(options.recipe)
    if options.specification is None:
        pool = options.pool or BASE_POOL
        pools.pool(pool)
        return demand_of_table(pools, pool, options.image or IMAGE)
    if options.pool or options.image:
        raise UsageError(
            "--pool and --image are in the compiled file already.\n"
            "Leave them out, or leave out --specification."
        )
    return demand_of_file(options.specification)
