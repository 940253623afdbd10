# SPDX-License-Identifier: Apache-2.0
"""Kinds of Argo Workflows by name alone; KFP would install their whole schemas."""

from typing import Any, Final

from infra.proof.client import Client, Refused
from infra.proof.waiting import wait_until

GROUP: Final = "argoproj.io"
VERSION: Final = "v1alpha1"
KINDS: Final = ("Workflow", "WorkflowTaskResult", "WorkflowTaskSet")


def install_argo_kinds(client: Client) -> None:
    """Create the kinds, and wait until the API server serves them.

    Args:
        client: A client that may do everything.
    """
    for kind in KINDS:
        client.create(
            "apis/apiextensions.k8s.io/v1/customresourcedefinitions", _definition(kind)
        )
    wait_until("Argo's kinds are served", lambda: _served(client) >= set(KINDS))


def _served(client: Client) -> set[str]:
    try:
        resources = client.read(f"apis/{GROUP}/{VERSION}")["resources"]
    except Refused:
        return set()
    return {resource["kind"] for resource in resources}


def _definition(kind: str) -> dict[str, Any]:
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }
