# SPDX-License-Identifier: Apache-2.0
"""What a node of Google Kubernetes Engine leaves to Pods, by its machine type.

GKE keeps part of each machine for itself, by a published formula over bands of cores
and memory (https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes).
infra/pools.yaml has the results, because a scheduler decides by them; a test compares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

GIB: Final = 2**30
# (upper end of a band, share of it that is reserved)
CPU_BANDS: Final = ((1.0, 0.06), (2.0, 0.01), (4.0, 0.005), (float("inf"), 0.0025))
MEMORY_BANDS: Final = (
    *((4.0, 0.25), (8.0, 0.20), (16.0, 0.10), (128.0, 0.06)),
    (float("inf"), 0.02),
)
# Gibibytes below which the kubelet evicts Pods.
EVICTION: Final = 100 / 1024


@dataclass(frozen=True)
class Machine:
    """A machine type."""

    cpu: float
    """Cores."""

    memory_gib: float
    """Gibibytes."""

    @property
    def allocatable_cpu(self) -> float:
        """Cores that Pods can have."""
        return self.cpu - _reserved(self.cpu, CPU_BANDS)

    @property
    def allocatable_gigabytes(self) -> float:
        """Memory that Pods can have, in gigabytes of 10^9 bytes."""
        reserved = _reserved(self.memory_gib, MEMORY_BANDS) + EVICTION
        return (self.memory_gib - reserved) * GIB / 1e9


# From the cloud's list of machine types.
MACHINES: Final = {
    "e2-standard-4": Machine(4, 16),
    "g2-standard-8": Machine(8, 32),
    "ct5lp-hightpu-4t": Machine(112, 192),
}


def _reserved(amount: float, bands: Sequence[tuple[float, float]]) -> float:
    """The reserved part of an amount, band by band."""
    total, lower = 0.0, 0.0
    for upper, share in bands:
        total += max(0.0, min(amount, upper) - lower) * share
        lower = upper
    return total
