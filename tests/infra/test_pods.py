# SPDX-License-Identifier: Apache-2.0
"""Pods of a compiled recipe: valid, in the right pool, admitted by the quota."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from components.core.errors import UsageError
from components.core.project import project_root
from infra.checks.manifests import VERSIONS, find_faults
from infra.checks.pods import count_pods, main_container, render_drivers, render_pods
from pipelines.kubeflow.pools import load_pools
from tests.support.manifests import Rendered, find

pytestmark = pytest.mark.cluster

POOLS = load_pools(project_root())
ACCOUNT = POOLS.cluster.service_account
UNITS = {"m": 1e-3, "M": 1e6, "G": 1e9, "Mi": 2**20, "Gi": 2**30}
Compiled = Callable[[str], tuple[dict[str, Any], dict[str, Any]]]
on_every_pool = pytest.mark.parametrize("pool", sorted(POOLS.pools))


def amount(quantity: str) -> float:
    """A quantity of Kubernetes as a number."""
    number = quantity.rstrip("mMGi")
    unit = quantity.removeprefix(number)
    return float(number) * UNITS.get(unit, 1)


@on_every_pool
def test_every_pod_obeys_the_schema(compiled: Compiled, pool: str) -> None:
    specification, platform = compiled(pool)
    steps = render_pods(specification, platform, ACCOUNT)
    assert steps.keys() >= {"Acquire", "Trainer", "Evaluate", "Pusher"}
    pods = [*steps.values(), *render_drivers(specification, ACCOUNT)]
    assert len(pods) == count_pods(specification)
    assert [f for pod in pods for f in find_faults(pod, VERSIONS)] == []


@on_every_pool
def test_pods_go_where_nodes_offer_what_they_ask(compiled: Compiled, pool: str) -> None:
    for task, pod in render_pods(*compiled(pool), ACCOUNT).items():
        wanted = POOLS.pool_of(task, pool)
        spec = pod["spec"]
        assert spec["nodeSelector"] == wanted.node_selector, task
        tolerated = {(t["key"], t["value"], t["effect"]) for t in spec["tolerations"]}
        assert tolerated == {(t.key, t.value, t.effect) for t in wanted.taints}, task


@pytest.mark.parametrize(
    ("pool", "resource", "count"),
    [("gpu", "nvidia.com/gpu", "1"), ("tpu", "google.com/tpu", "4")],
)
def test_only_the_trainer_asks_for_an_accelerator(
    compiled: Compiled, pool: str, resource: str, count: str
) -> None:
    asked = {
        task: main_container(pod)["resources"]["limits"].get(resource)
        for task, pod in render_pods(*compiled(pool), ACCOUNT).items()
    }
    assert {task: n for task, n in asked.items() if n} == {"Trainer": count}


@on_every_pool
def test_quota_and_limits_admit_two_runs_and_no_third_trainer(
    compiled: Compiled, rendered: Rendered, pool: str
) -> None:
    manifests = rendered["overlays/gke"]
    hard = find(manifests, "ResourceQuota")["spec"]["hard"]
    (limits,) = (
        limit
        for limit in find(manifests, "LimitRange")["spec"]["limits"]
        if limit["type"] == "Container"
    )
    specification, platform = compiled(pool)
    assert 2 * count_pods(specification) <= int(hard["pods"])
    for task, pod in render_pods(specification, platform, ACCOUNT).items():
        main = main_container(pod)
        for name, asked in main["resources"]["limits"].items():
            if name in limits["max"]:
                assert amount(asked) <= amount(limits["max"][name]), (task, name)
            else:
                assert 2 * int(asked) <= int(hard[f"requests.{name}"]), (task, name)
        for name, asked in main["resources"]["requests"].items():
            # Argo's container gets what the limit range gives.
            both = amount(asked) + amount(limits["defaultRequest"][name])
            assert 2 * both <= amount(hard[f"requests.{name}"]), (task, name)
            if task == "Trainer":
                assert 3 * both > amount(hard[f"requests.{name}"]), name


def test_run_on_gpus_has_shared_memory_and_checkpoints(compiled: Compiled) -> None:
    main = main_container(render_pods(*compiled("gpu"), ACCOUNT)["Trainer"])
    paths = {mount["mountPath"] for mount in main["volumeMounts"]}
    assert paths >= {"/dev/shm", POOLS.cluster.claim_mount}


def test_secret_reaches_the_steps_that_need_it_and_no_other(compiled: Compiled) -> None:
    holders = set()
    for task, pod in render_pods(*compiled("cpu"), ACCOUNT).items():
        main = main_container(pod)
        names = {
            variable["name"]
            for variable in main["env"]
            if "secretKeyRef" in variable.get("valueFrom", {})
        }
        if names:
            assert names == set(POOLS.cluster.secret_keys)
            holders.add(task)
    assert holders == set(POOLS.cluster.secret_steps)


def test_documented_number_of_pods_is_that_of_the_recipe(compiled: Compiled) -> None:
    specification, platform = compiled("cpu")
    steps = len(render_pods(specification, platform, ACCOUNT))
    assert count_pods(specification) == 2 * steps + 1
    text = (project_root() / "docs" / "kubeflow.md").read_text()
    numbers = set(re.findall(r"(\d+)\s+(steps|Pods)", text))
    assert numbers == {(str(steps), "steps"), (str(2 * steps + 1), "Pods")}


@on_every_pool
def test_steps_run_as_the_user_and_group_of_the_image(
    compiled: Compiled, pool: str
) -> None:
    dockerfile = (project_root() / "infra" / "image" / "Dockerfile").read_text()
    assert f"--uid {POOLS.cluster.user}" in dockerfile
    for task, pod in render_pods(*compiled(pool), ACCOUNT).items():
        identity = main_container(pod)["securityContext"]
        assert identity["runAsUser"] == POOLS.cluster.user, task
        assert identity["runAsGroup"] == POOLS.cluster.group, task
        assert identity["runAsNonRoot"] is True, task


def test_setting_that_is_not_supported_is_refused(compiled: Compiled) -> None:
    specification, platform = compiled("cpu")
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    changed = {
        name: settings | {"activeDeadlineSeconds": "60"}
        for name, settings in executors.items()
    }
    document = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": changed}}}}
    with pytest.raises(UsageError, match="does not support activeDeadlineSeconds"):
        render_pods(specification, document, ACCOUNT)
