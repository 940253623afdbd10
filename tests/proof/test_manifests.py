# SPDX-License-Identifier: Apache-2.0
"""Every manifest is admitted by a real API server, and the role says what it says."""

import json
from collections.abc import Iterator

import pytest

from components.core.project import project_root
from infra.proof.client import Client
from infra.proof.waiting import wait_until
from pipelines.doctor.cluster.rights import read_role
from pipelines.kubeflow.pools import load_pools
from tests.support.cluster import remove_namespace
from tests.support.manifests import OVERLAYS, Apply, Kubectl, Rendered

pytestmark = [pytest.mark.proof, pytest.mark.slow]

CLUSTER = load_pools(project_root()).cluster
RUNNER = f"system:serviceaccount:{CLUSTER.namespace}:{CLUSTER.service_account}"
NAMESPACES = (CLUSTER.namespace, "kubeflow")
# What KFP's own account of a run may do, and ours may not.
DENIED = (
    *("create pods", "delete pods", "patch pods", "list pods", "watch pods"),
    *(
        "get pods --subresource=log",
        "create pods --subresource=exec",
        "list secrets",
        "list configmaps",
    ),
    *("get secrets/another", "get configmaps/another", "create services"),
    *("create deployments.apps", "create jobs.batch", "delete persistentvolumeclaims"),
    *("get workflows.argoproj.io", "patch workflows.argoproj.io"),
    *("create roles.rbac.authorization.k8s.io", "get nodes"),
)


@pytest.fixture(scope="module")
def _namespaces(client: Client) -> Iterator[None]:
    """The namespace of standalone KFP, which is there before; both are removed."""
    namespace = {"apiVersion": "v1", "kind": "Namespace"}
    client.create("api/v1/namespaces", namespace | {"metadata": {"name": "kubeflow"}})
    yield
    for name in NAMESPACES:
        remove_namespace(client, name)


@pytest.mark.usefixtures("_namespaces")
@pytest.mark.parametrize("name", OVERLAYS)
def test_every_manifest_is_admitted_strictly_and_without_a_warning(
    rendered: Rendered, apply: Apply, client: Client, name: str
) -> None:
    # The class of a volume cannot be changed, and differs between the overlays.
    for namespace in NAMESPACES:
        client.delete(f"api/v1/namespaces/{namespace}/persistentvolumeclaims")
        # A controller notes that the quota is free again, in its own time.
        wait_until(
            "the quota has its storage back",
            lambda namespace=namespace: not _uses_storage(client, namespace),
        )
    assert apply(rendered[name]) == ""


def _uses_storage(client: Client, namespace: str) -> bool:
    quotas = client.read(f"api/v1/namespaces/{namespace}/resourcequotas")["items"]
    used = [quota.get("status", {}).get("used", {}) for quota in quotas]
    return any(entry.get("requests.storage", "0") != "0" for entry in used)


@pytest.mark.usefixtures("_namespaces")
def test_misspelt_key_is_refused(rendered: Rendered, kubectl: Kubectl) -> None:
    (role,) = (m for m in rendered["overlays/s3-standalone"] if m["kind"] == "Role")
    wrong = kubectl(
        "apply",
        "--server-side",
        "--validate=strict",
        "--filename=-",
        text=json.dumps(role | {"rule": []}),
    )
    assert wrong.returncode != 0
    assert ".rule" in wrong.stderr


@pytest.mark.usefixtures("_namespaces")
def test_account_of_a_run_may_do_what_its_role_lists_and_no_more(
    rendered: Rendered, apply: Apply, kubectl: Kubectl
) -> None:
    apply(rendered["overlays/s3"])

    def may(action: str, namespace: str = CLUSTER.namespace) -> str:
        where = (f"--namespace={namespace}", f"--as={RUNNER}")
        return kubectl("auth", "can-i", *action.split(), *where).stdout.strip()

    allowed = [
        f"{action.verb} {action.resource}"
        f"{'.' * bool(action.group)}{action.group}"
        f"{'/' * bool(action.name)}{action.name}"
        for action in read_role(project_root())
    ]
    assert len(allowed) >= 6
    assert {action: may(action) for action in allowed} == dict.fromkeys(allowed, "yes")
    assert {action: may(action) for action in DENIED} == dict.fromkeys(DENIED, "no")
    assert may(allowed[0], "kubeflow") == "no"
