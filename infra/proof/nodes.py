# SPDX-License-Identifier: Apache-2.0
"""Nodes as objects, as the pools of `infra/pools.yaml` would make them."""

from typing import Any

from pipelines.kubeflow.pools import Pool

# What GKE admits to a node, whatever its size.
MAX_PODS = "110"


def pool_node(name: str, pool: Pool) -> dict[str, Any]:
    """A node of a pool, ready and empty.

    Args:
        name: Its name.
        pool: The pool.
    """
    room = {
        "cpu": f"{pool.allocatable.cpu:g}",
        "memory": f"{pool.allocatable.memory:g}G",
        "ephemeral-storage": f"{pool.disk_gb}G",
        "pods": MAX_PODS,
    }
    if pool.accelerator:
        room[pool.accelerator.resource] = str(pool.accelerator.count)
    taints = [vars(taint) for taint in pool.taints]
    return node(name, room, pool.node_selector, taints)


def node(
    name: str,
    room: dict[str, str],
    labels: dict[str, str],
    taints: list[dict[str, str]],
) -> dict[str, Any]:
    """A node, ready and empty.

    Args:
        name: Its name.
        room: Resource -> quantity that it leaves to Pods.
        labels: Its labels, beside that of its name.
        taints: Its taints.
    """
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {"kubernetes.io/hostname": name, **labels},
        },
        "spec": {"taints": taints},
        "status": {
            "capacity": room,
            "allocatable": room,
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }
