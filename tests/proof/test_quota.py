# SPDX-License-Identifier: Apache-2.0
"""Quota and limits of the namespace: two runs at once, and the third one waits."""

from collections.abc import Iterator
from typing import Any

import pytest

from components.core.project import project_root
from infra.checks.pods import main_container, render_drivers, render_pods
from infra.proof.client import Client, Refused
from infra.proof.waiting import wait_until
from pipelines.doctor.cluster.capacity.demand import WAITS_FOR
from pipelines.kubeflow.pools import load_pools
from tests.support.bare_project import CompileAll
from tests.support.cluster import create_pod, free_quota, remove_pods
from tests.support.troubleshooting import quoted_symptoms

pytestmark = [
    pytest.mark.proof,
    pytest.mark.slow,
    pytest.mark.usefixtures("_runs", "_nothing_used"),
]

POOLS = load_pools(project_root())
NAMESPACE = POOLS.cluster.namespace
ACCOUNT = POOLS.cluster.service_account
QUOTA = f"api/v1/namespaces/{NAMESPACE}/resourcequotas/{NAMESPACE}"
RECIPE = "mnist-cnn"
# Steps of the data, of which a run has one at a time.
DATA_STEPS = ("Acquire", "Ingest", "ValidateItems", "StatisticsGen", "Transform")
on_every_pool = pytest.mark.parametrize("pool", sorted(POOLS.pools))


@pytest.fixture
def _nothing_used(client: Client) -> Iterator[None]:
    free_quota(client, NAMESPACE)
    yield
    remove_pods(client, NAMESPACE)


@on_every_pool
def test_two_runs_fit_at_every_moment(
    client: Client, compiled: CompileAll, pool: str
) -> None:
    documents = compiled(pool)[RECIPE]
    pods = render_pods(*documents, ACCOUNT)
    driver = render_drivers(documents[0], ACCOUNT)[0]
    for moment in _moments():
        for run in ("first", "second"):
            create_pod(client, NAMESPACE, driver, f"{run}-driver")
            for task in moment:
                create_pod(client, NAMESPACE, pods[task], f"{run}-{task.lower()}")
        free_quota(client, NAMESPACE)


@on_every_pool
def test_trainer_of_a_third_run_is_refused_and_admitted_after_one_has_ended(
    client: Client, compiled: CompileAll, pool: str
) -> None:
    pods = render_pods(*compiled(pool)[RECIPE], ACCOUNT)
    for run in ("first", "second"):
        create_pod(client, NAMESPACE, pods["Trainer"], run)
    with pytest.raises(Refused, match="exceeded quota: prodl, requested:") as refused:
        create_pod(client, NAMESPACE, pods["Trainer"], "third")
    assert refused.value.reason == "Forbidden"
    assert any(phrase in str(refused.value) for phrase in quoted_symptoms())
    for task in DATA_STEPS:
        with pytest.raises(Refused, match="exceeded quota"):
            create_pod(client, NAMESPACE, pods[task], "third")
    before = _used(client, "requests.cpu")
    _end(client, "first")
    wait_until("the quota is freed", lambda: _used(client, "requests.cpu") != before)
    create_pod(client, NAMESPACE, pods["Trainer"], "third")


def test_limit_range_fills_what_argo_leaves_open(
    client: Client, compiled: CompileAll
) -> None:
    pod = render_pods(*compiled("cpu")[RECIPE], ACCOUNT)["Trainer"]
    create_pod(client, NAMESPACE, pod, "trainer")
    admitted = client.read(f"api/v1/namespaces/{NAMESPACE}/pods/trainer")
    containers = {c["name"]: c["resources"] for c in admitted["spec"]["containers"]}
    assert containers["wait"] == {
        "requests": {"cpu": "50m", "memory": "64Mi"},
        "limits": {"cpu": "500m", "memory": "512Mi"},
    }
    assert (
        containers["main"]["requests"] == main_container(pod)["resources"]["requests"]
    )


def test_step_above_the_limit_range_is_refused(
    client: Client, compiled: CompileAll
) -> None:
    pod = render_pods(*compiled("cpu")[RECIPE], ACCOUNT)["Trainer"]
    main_container(pod)["resources"]["limits"]["cpu"] = "9"
    with pytest.raises(
        Refused, match="maximum cpu usage per Container is 8"
    ) as refused:
        create_pod(client, NAMESPACE, pod, "trainer")
    assert any(phrase in str(refused.value) for phrase in quoted_symptoms())


def _moments() -> list[list[str]]:
    """Steps that run at once if each starts as soon as it can, and all take as long."""
    moments: list[list[str]] = []
    done: set[str] = set()
    while left := {
        step: waits for step, waits in WAITS_FOR.items() if step not in done
    }:
        moments.append([step for step, waits in left.items() if done >= {*waits}])
        done |= {*moments[-1]}
    return moments


def _used(client: Client, resource: str) -> Any:
    return client.read(QUOTA)["status"]["used"][resource]


def _end(client: Client, name: str) -> None:
    """Report, as a kubelet would, that all containers of a Pod have ended."""
    path = f"api/v1/namespaces/{NAMESPACE}/pods/{name}"
    pod = client.read(path)
    client.replace_status(path, pod | {"status": {"phase": "Succeeded"}})
