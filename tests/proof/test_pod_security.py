# SPDX-License-Identifier: Apache-2.0
"""Pods before the admission of the profiles `baseline` and `restricted`."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from components.core.project import project_root
from infra.checks.pods import main_container, render_drivers, render_pods
from infra.proof.client import Client, Refused
from pipelines.kubeflow.pools import load_pools
from tests.support.bare_project import CompileAll
from tests.support.cluster import create_pod, remove_namespace
from tests.support.manifests import OVERLAYS, Manifests, Rendered, find
from tests.support.troubleshooting import quoted_symptoms

pytestmark = [pytest.mark.proof, pytest.mark.slow, pytest.mark.usefixtures("_profiles")]

POOLS = load_pools(project_root())
RECIPE = "mnist-cnn"
# As the namespace of runs, and as one that takes nothing less than `restricted`.
WARNING, ENFORCING = "warns", "enforces"
LABEL = "pod-security.kubernetes.io"
on_every_pool = pytest.mark.parametrize("pool", sorted(POOLS.pools))


@pytest.fixture(scope="module")
def _profiles(client: Client, rendered: Rendered) -> Iterator[None]:
    """Both namespaces; the account is `default`, which each has."""
    own = find(rendered["overlays/s3"], "Namespace")["metadata"]["labels"]
    for name, labels in {
        WARNING: {key: value for key, value in own.items() if LABEL in key},
        ENFORCING: {f"{LABEL}/enforce": "restricted"},
    }.items():
        metadata = {"name": name, "labels": labels}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        client.create("api/v1/namespaces", namespace)
        account = {"apiVersion": "v1", "kind": "ServiceAccount"}
        account |= {"metadata": {"name": POOLS.cluster.service_account}}
        client.create(f"api/v1/namespaces/{name}/serviceaccounts", account)
    yield
    for name in (WARNING, ENFORCING):
        remove_namespace(client, name)


@on_every_pool
def test_restricted_warns_of_no_container_of_a_run(
    client: Client, compiled: CompileAll, pool: str
) -> None:
    """Neither of the steps' own, nor of KFP's and Argo's as KFP 2.16 and 2.17 do it."""
    specification, platform = compiled(pool)[RECIPE]
    steps = render_pods(specification, platform, POOLS.cluster.service_account)
    drivers = render_drivers(specification, POOLS.cluster.service_account)
    client.warnings.clear()
    for pod in (*steps.values(), *drivers):
        create_pod(client, WARNING, pod, f"{pod['metadata']['name']}-{pool}")
        create_pod(client, ENFORCING, pod, f"{pod['metadata']['name']}-{pool}")
    assert client.warnings == []


def test_restricted_warns_of_a_step_without_the_user_of_the_table(
    client: Client, compiled: CompileAll
) -> None:
    pod = _trainer(compiled)
    for name in ("runAsUser", "runAsGroup", "runAsNonRoot"):
        del main_container(pod)["securityContext"][name]
    client.warnings.clear()
    create_pod(client, WARNING, pod, "any-user")
    assert client.warnings == [
        'would violate PodSecurity "restricted:latest": runAsNonRoot != true (pod or '
        'container "main" must set securityContext.runAsNonRoot=true)'
    ]
    with pytest.raises(Refused, match="violates PodSecurity") as refused:
        create_pod(client, ENFORCING, pod, "any-user")
    assert any(phrase in str(refused.value) for phrase in quoted_symptoms())


def test_baseline_refuses_what_no_step_needs(
    client: Client, compiled: CompileAll
) -> None:
    pod = _trainer(compiled)
    pod["spec"]["hostNetwork"] = True
    with pytest.raises(Refused, match='violates PodSecurity "baseline:latest"'):
        create_pod(client, WARNING, pod, "host")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_own_manifests_satisfy_restricted(
    client: Client, rendered: Rendered, overlay: str
) -> None:
    pods = _pods(rendered[overlay])
    assert pods
    client.warnings.clear()
    for index, pod in enumerate(pods):
        name = f"{overlay.replace('/', '-')}-{index}"
        create_pod(client, ENFORCING, pod, name)
    assert client.warnings == []


def _trainer(compiled: CompileAll) -> dict[str, Any]:
    documents = compiled("gpu")[RECIPE]
    pods = render_pods(*documents, POOLS.cluster.service_account)
    return copy.deepcopy(pods["Trainer"])


def _pods(manifests: Manifests) -> list[dict[str, Any]]:
    """The Pods that Deployments and Jobs would make."""
    templates = (m.get("spec", {}).get("template", {}) for m in manifests)
    head = {"apiVersion": "v1", "kind": "Pod"}
    return [head | template for template in templates if "spec" in template]
