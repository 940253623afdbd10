# SPDX-License-Identifier: Apache-2.0
"""What the scheduler says of a Pod that it cannot place, as the documents quote it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from components.core.project import project_root
from infra.checks.pods import render_pods
from infra.proof.client import Client, Refused
from infra.proof.nodes import node, pool_node
from pipelines.kubeflow.pools import load_pools
from tests.support.bare_project import CompileAll
from tests.support.cluster import (
    bound_volume,
    create_pod,
    placements,
    remove_pods,
    scheduling_message,
    wait_until_bound,
)
from tests.support.troubleshooting import quoted_symptoms

pytestmark = [
    pytest.mark.proof,
    pytest.mark.slow,
    pytest.mark.usefixtures("_runs", "_nothing_placed"),
]

POOLS = load_pools(project_root())
CLUSTER = POOLS.cluster
RECIPE = "mnist-cnn"
CLAIM = f"api/v1/namespaces/{CLUSTER.namespace}/persistentvolumeclaims/{CLUSTER.claim}"
Trainer = Callable[[str], dict[str, Any]]


@pytest.fixture
def trainer(compiled: CompileAll) -> Trainer:
    """The Pod of the trainer, for a pool."""
    account = CLUSTER.service_account
    return lambda pool: render_pods(*compiled(pool)[RECIPE], account)["Trainer"]


@pytest.fixture
def _nothing_placed(client: Client) -> Iterator[None]:
    yield
    remove_pods(client, CLUSTER.namespace)
    client.delete("api/v1/nodes")


def pending(client: Client, pod: dict[str, Any], name: str = "trainer") -> str:
    """Create a Pod, and return what the scheduler says of it."""
    create_pod(client, CLUSTER.namespace, pod, name)
    return scheduling_message(client, CLUSTER.namespace, name)


def with_claim(pod: dict[str, Any], name: str) -> dict[str, Any]:
    """The Pod with another claim for its checkpoints."""
    for volume in pod["spec"]["volumes"]:
        if "persistentVolumeClaim" in volume:
            volume["persistentVolumeClaim"]["claimName"] = name
    return pod


@pytest.mark.parametrize(
    ("missing", "present", "phrase"),
    [
        ("gpu", "cpu", "didn't match Pod's node affinity/selector"),
        ("tpu", "cpu", "didn't match Pod's node affinity/selector"),
        # One reason is given for a node, and its taint comes first.
        ("cpu", "gpu", "had untolerated taint"),
    ],
)
def test_pool_without_a_node_is_told(
    client: Client, trainer: Trainer, missing: str, present: str, phrase: str
) -> None:
    client.create("api/v1/nodes", pool_node(present, POOLS.pool(present)))
    assert_documented(pending(client, trainer(missing)), phrase)


def test_taint_that_is_not_in_the_table_is_told(
    client: Client, trainer: Trainer
) -> None:
    tainted = pool_node("gpu", POOLS.pool("gpu"))
    another = {"key": "example.com/reserved", "value": "yes", "effect": "NoSchedule"}
    tainted["spec"]["taints"] += [another]
    client.create("api/v1/nodes", tainted)
    assert_documented(pending(client, trainer("gpu")), "had untolerated taint")


def test_accelerator_that_is_in_use_is_told(client: Client, trainer: Trainer) -> None:
    client.create("api/v1/nodes", pool_node("gpu", POOLS.pool("gpu")))
    first = pending(client, trainer("gpu"), "first")
    assert (first, placements(client, CLUSTER.namespace)["first"]) == ("", "gpu")
    message = pending(client, trainer("gpu"), "second")
    assert_documented(message, "Insufficient nvidia.com/gpu")


def test_missing_claim_is_told(client: Client, trainer: Trainer) -> None:
    client.create("api/v1/nodes", pool_node("cpu", POOLS.pool("cpu")))
    message = pending(client, with_claim(trainer("cpu"), "another"))
    assert 'persistentvolumeclaim "another" not found' in message


def test_claim_in_another_zone_is_told(client: Client, trainer: Trainer) -> None:
    zone = "topology.kubernetes.io/zone"
    place = {"key": zone, "operator": "In", "values": ["zone-a"]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [place]}]}
    claim = client.read(CLAIM)
    kept = {key: claim["spec"][key] for key in ("accessModes", "resources")}
    client.create(
        CLAIM.rpartition("/")[0],
        claim | {"metadata": {"name": "far"}, "spec": kept, "status": {}},
    )
    volume = bound_volume(replace(CLUSTER, claim="far"))
    volume["spec"]["nodeAffinity"] = {"required": terms}
    client.create("api/v1/persistentvolumes", volume)
    wait_until_bound(client, CLUSTER.namespace, "far")
    elsewhere = pool_node("cpu", POOLS.pool("cpu"))
    elsewhere["metadata"]["labels"][zone] = "zone-b"
    client.create("api/v1/nodes", elsewhere)
    assert_documented(
        pending(client, with_claim(trainer("cpu"), "far")),
        "didn't match PersistentVolume's node affinity",
    )


def test_missing_account_is_told_before_any_node(
    client: Client, trainer: Trainer
) -> None:
    pod = trainer("cpu")
    pod["spec"]["serviceAccountName"] = "another"
    client.create("api/v1/nodes", node("any", {"cpu": "1"}, {}, []))
    with pytest.raises(Refused, match='serviceaccount "another" not found') as refused:
        create_pod(client, CLUSTER.namespace, pod, "trainer")
    assert_documented(str(refused.value), "error looking up service account")


def assert_documented(message: str, phrase: str) -> None:
    """The scheduler says it, and the table of the documents quotes it."""
    assert phrase in message
    assert phrase in quoted_symptoms()
