# SPDX-License-Identifier: Apache-2.0
"""Quantities of Kubernetes, such as `500m` cores or `64Gi` of memory, as numbers."""

from kubernetes.utils.quantity import parse_quantity

from pipelines.doctor.cluster.capacity.demand import GIGABYTE


def read_quantity(text: object) -> float:
    """Read a quantity; what is none counts as nothing.

    Example:
        >>> read_quantity("500m")
        0.5
    """
    try:
        return float(parse_quantity(text))
    except (ValueError, TypeError):
        return 0.0


def show_amount(resource: str, amount: float) -> str:
    """An amount for people: gigabytes for memory and storage, else the number.

    Args:
        resource: Name of the resource, `cpu` or `requests.memory` for example.
        amount: Cores, bytes or devices.
    """
    if resource.endswith(("memory", "storage")):
        return f"{amount / GIGABYTE:.3g} GB"
    return f"{amount:.4g}"
