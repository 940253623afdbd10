# SPDX-License-Identifier: Apache-2.0
"""What the proofs do with the objects of a control plane."""

from contextlib import suppress
from typing import Any

from infra.proof.client import Client, Refused
from infra.proof.waiting import wait_until
from pipelines.kubeflow.pools import Cluster


def create_pod(client: Client, namespace: str, pod: dict[str, Any], name: str) -> None:
    """Create a rendered Pod under a name of its own."""
    metadata = {**pod["metadata"], "name": name}
    client.create(f"api/v1/namespaces/{namespace}/pods", pod | {"metadata": metadata})


def placements(client: Client, namespace: str) -> dict[str, str]:
    """Name of each Pod that has a node -> the node."""
    pods = client.read(f"api/v1/namespaces/{namespace}/pods")["items"]
    return {
        pod["metadata"]["name"]: pod["spec"]["nodeName"]
        for pod in pods
        if pod["spec"].get("nodeName")
    }


def scheduling_message(client: Client, namespace: str, name: str) -> str:
    """Wait for the scheduler's word on a Pod; empty if it got a node."""
    path = f"api/v1/namespaces/{namespace}/pods/{name}"

    def verdicts() -> list[dict[str, str]]:
        conditions = client.read(path)["status"].get("conditions", [])
        return [c for c in conditions if c["type"] == "PodScheduled"]

    wait_until(f"a verdict on {name}", lambda: bool(verdicts()))
    return verdicts()[0].get("message", "")


def remove_pods(client: Client, namespace: str) -> None:
    """Delete all Pods of a namespace, and wait until they are gone."""
    wait_until("all Pods deleted", lambda: not _delete_pods(client, namespace))


def free_quota(client: Client, namespace: str) -> None:
    """Delete all Pods of a namespace, and wait until its quota counts none."""
    path = f"api/v1/namespaces/{namespace}/resourcequotas/{namespace}"

    def is_free() -> bool:
        left = _delete_pods(client, namespace)
        used = client.read(path)["status"].get("used", {})
        return not left and used.get("requests.cpu") == "0"

    wait_until("the quota is free", is_free)


def _delete_pods(client: Client, namespace: str) -> list[dict[str, Any]]:
    """Delete the Pods of a namespace; returns those that are left.

    To be repeated: the API server deletes, and lists, what its cache knows, which may
    lack a Pod that was created a moment before.
    """
    path = f"api/v1/namespaces/{namespace}/pods"
    client.delete(path)
    left: list[dict[str, Any]] = client.read(path)["items"]
    return left


def remove_namespace(client: Client, namespace: str) -> None:
    """Delete a namespace with all that is in it, and wait until it is gone."""
    path = f"api/v1/namespaces/{namespace}"

    def is_gone() -> bool:
        # Nobody else would confirm the end of a Pod that has a node.
        with suppress(Refused):
            client.delete(f"{path}/pods")
        try:
            client.read(path)
        except Refused:
            return True
        return False

    with suppress(Refused):
        client.delete(path)
    wait_until(f"{namespace} deleted", is_gone)


def bound_volume(cluster: Cluster) -> dict[str, Any]:
    """A volume for the claim of a run, as a storage class would provide it."""
    claim = {"name": cluster.claim, "namespace": cluster.namespace}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": cluster.claim},
        "spec": {
            "capacity": {"storage": "20Gi"},
            "accessModes": ["ReadWriteOnce"],
            "claimRef": claim,
            "hostPath": {"path": "/nonexistent"},
        },
    }


def wait_until_bound(client: Client, namespace: str, claim: str) -> None:
    """Wait until a claim has its volume."""
    path = f"api/v1/namespaces/{namespace}/persistentvolumeclaims/{claim}"
    wait_until(
        f"{claim} is bound", lambda: client.read(path)["status"]["phase"] == "Bound"
    )
