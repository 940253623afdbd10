# SPDX-License-Identifier: Apache-2.0
"""Whether an autoscaler can make a node for a pool that has none.

Karpenter's NodePools name the labels of the nodes that they make. The cluster
autoscaler, GKE's too, names its groups only, in the config map of its status; a cloud
builds that name from the pool's.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from components.core.errors import UsageError
from components.core.yaml_files import parse_yaml
from pipelines.doctor.cluster.http.answer import Answer
from pipelines.doctor.cluster.http.connection import Connection
from pipelines.kubeflow.pools import Pool

KARPENTER: Final = "/apis/karpenter.sh/v1/nodepools"
STATUS: Final = "/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status"
# Names of groups in the status: YAML since autoscaler 1.30, a text before.
_OLD_NAME: Final = re.compile(r"^\s*Name:\s+(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Growth:
    """What the autoscalers of a cluster say of a pool."""

    group: str = ""
    """Group that makes nodes of the pool; empty if none is known."""

    groups: tuple[str, ...] = ()
    """All groups of the autoscaler."""

    is_there: bool = False
    """Whether there is an autoscaler."""

    answer: Answer | None = None
    """The answer that left it open."""

    what: str = ""
    """What that was asked for."""


def find_growth(connection: Connection, name: str, pool: Pool) -> Growth:
    """Ask the autoscalers of a cluster for a group that makes nodes of a pool.

    Args:
        connection: Connection to the API server.
        name: Name of the pool.
        pool: The pool.
    """
    karpenter = connection.get(KARPENTER)
    for entry in karpenter.items:
        if _makes(entry, pool):
            return Growth(group=f"NodePool {entry['metadata']['name']}")
    status = connection.get(STATUS)
    if not (status.is_found or status.is_missing):
        what = "configmap/cluster-autoscaler-status -n kube-system"
        return Growth(answer=status, what=what)
    if status.is_missing and not (karpenter.is_found or karpenter.is_missing):
        return Growth(answer=karpenter, what="nodepools.karpenter.sh")
    groups = read_groups(str((status.body.get("data") or {}).get("status", "")))
    # gke-CLUSTER-POOL-HASH-grp: the name is a part of its own.
    named = [g for g in groups if name in re.split(r"[^A-Za-z0-9]+", g)]
    return Growth(
        group=named[0] if named else "",
        groups=groups,
        is_there=status.is_found or bool(karpenter.items),
    )


def read_groups(status: str) -> tuple[str, ...]:
    """Names of the node groups in the status of the cluster autoscaler."""
    try:
        documents: list[Any] = parse_yaml(status, "status")
    except UsageError:
        documents = []
    read = documents[0] if documents else None
    if isinstance(read, dict) and isinstance(read.get("nodeGroups"), list):
        names = [g.get("name") for g in read["nodeGroups"] if isinstance(g, dict)]
    else:
        names = list(_OLD_NAME.findall(status))
    # The last part of an address such as those of Google Cloud's instance groups.
    return tuple(str(name).rpartition("/")[2] for name in names if name)


def _makes(entry: dict[str, Any], pool: Pool) -> bool:
    """Whether the nodes of a NodePool of Karpenter get the labels of a pool."""
    template = entry.get("spec", {}).get("template", {})
    labels = dict(template.get("metadata", {}).get("labels") or {})
    for needed in template.get("spec", {}).get("requirements") or []:
        if needed.get("operator") == "In" and len(needed.get("values", [])) == 1:
            labels[needed["key"]] = needed["values"][0]
    return pool.labels.items() <= labels.items()
