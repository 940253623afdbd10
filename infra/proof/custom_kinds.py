# SPDX-License-Identifier: Apache-2.0
"""Custom kinds by name alone, with any content; KFP would install whole schemas."""

from typing import Any, Final

from infra.proof.client import Client, Refused
from infra.proof.waiting import wait_until

# Group, version and kinds of what Argo's executor writes.
ARGO: Final = (
    *("argoproj.io", "v1alpha1"),
    *("Workflow", "WorkflowTaskResult", "WorkflowTaskSet"),
)


def install_kinds(client: Client, group: str, version: str, *kinds: str) -> None:
    """Create kinds, and wait until the API server serves them.

    Args:
        client: A client that may do everything.
        group: Their group.
        version: Their version.
        kinds: Their names.
    """
    for kind in kinds:
        client.create(
            "apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            _definition(group, version, kind),
        )

    def served() -> set[str]:
        try:
            resources = client.read(f"apis/{group}/{version}")["resources"]
        except Refused:
            return set()
        return {resource["kind"] for resource in resources}

    wait_until(f"{group} is served", lambda: served() >= set(kinds))


def _definition(group: str, version: str, kind: str) -> dict[str, Any]:
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }
