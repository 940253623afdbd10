# SPDX-License-Identifier: Apache-2.0
"""The real scheduler puts every Pod of every recipe on a node that the table means."""

from collections.abc import Iterator

import pytest

from components.core.project import project_root
from infra.checks.pods import render_drivers, render_pods
from infra.proof.client import Client
from infra.proof.nodes import node, pool_node
from infra.proof.waiting import wait_until
from pipelines.config import load_config
from pipelines.kubeflow.pools import load_pools
from tests.support.bare_project import CompileAll
from tests.support.cluster import create_pod, placements, remove_pods

pytestmark = [
    pytest.mark.proof,
    pytest.mark.slow,
    pytest.mark.usefixtures("_runs", "_nodes"),
]

POOLS = load_pools(project_root())
NAMESPACE = POOLS.cluster.namespace
ACCOUNT = POOLS.cluster.service_account
# Enough for all recipes at once, which on a cluster would wait for each other.
NODES_PER_RECIPE = {"cpu": 12, "gpu": 1, "tpu": 1}
NUM_RECIPES = len(load_config(project_root()).recipes)
# Larger than any node of the table: taken by each Pod that does not select its pool.
LARGE = {"cpu": "500", "memory": "2000G", "pods": "1000", "nvidia.com/gpu": "100"}


@pytest.fixture(scope="module")
def _nodes(client: Client, _runs: None) -> Iterator[None]:
    """Nodes of every pool, and one that belongs to none; no quota."""
    quota = f"api/v1/namespaces/{NAMESPACE}/resourcequotas/{NAMESPACE}"
    client.delete(quota)
    client.create("api/v1/nodes", node("no-pool", LARGE, {}, []))
    for name, number in NODES_PER_RECIPE.items():
        for index in range(number * NUM_RECIPES):
            manifest = pool_node(f"{name}-{index}", POOLS.pool(name))
            client.create("api/v1/nodes", manifest)
    yield
    remove_pods(client, NAMESPACE)
    client.delete("api/v1/nodes")


@pytest.mark.parametrize("pool", sorted(POOLS.pools))
def test_every_step_of_every_recipe_goes_to_its_pool_and_to_no_other(
    client: Client, compiled: CompileAll, pool: str
) -> None:
    expected = {}
    for recipe, documents in compiled(pool).items():
        for task, pod in render_pods(*documents, ACCOUNT).items():
            name = f"{recipe}-{task.lower()}"
            create_pod(client, NAMESPACE, pod, name)
            expected[name] = POOLS.pool_of(task, pool)
    assert len(expected) > 300

    def placed() -> dict[str, str]:
        found = placements(client, NAMESPACE)
        return {name: found[name] for name in expected if name in found}

    wait_until("all Pods have a node", lambda: placed().keys() == expected.keys())
    on = {name: POOLS.pool(where.partition("-")[0]) for name, where in placed().items()}
    assert {name: pool.labels for name, pool in on.items()} == {
        name: pool.labels for name, pool in expected.items()
    }
    remove_pods(client, NAMESPACE)


def test_drivers_leave_the_accelerators_alone(
    client: Client, compiled: CompileAll
) -> None:
    specification, _ = next(iter(compiled("cpu").values()))
    drivers = render_drivers(specification, ACCOUNT)
    for pod in drivers:
        create_pod(client, NAMESPACE, pod, pod["metadata"]["name"])
    names = {pod["metadata"]["name"] for pod in drivers}
    wait_until(
        "all drivers have a node", lambda: placements(client, NAMESPACE).keys() >= names
    )
    found = placements(client, NAMESPACE)
    pools = {found[name].partition("-")[0] for name in names}
    assert pools <= {"cpu", "no"}
