# SPDX-License-Identifier: Apache-2.0
"""What a run asks of a cluster: resources of its steps, and how many run at once.

Read from infra/pools.yaml, since every recipe runs the same graph, or from a compiled
specification. Building the graph would import TFX, which takes seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from pipelines import nodes
from pipelines.kubeflow.pools import Accelerator, Pools

GIGABYTE: Final = 1e9
Amounts = Mapping[str, float]
Toleration = tuple[str, str, str]

# Node -> nodes that it waits for, as far as these do not wait for each other.
# tests/pipelines/kubeflow/test_compiler.py compares it with the compiled graph.
WAITS_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    nodes.ACQUIRE: (),
    nodes.PROVIDE_SCHEMA: (),
    nodes.INGEST: (nodes.ACQUIRE,),
    nodes.VALIDATE_ITEMS: (nodes.INGEST,),
    nodes.ITEM_GATE: (nodes.VALIDATE_ITEMS,),
    nodes.STATISTICS_GEN: (nodes.ITEM_GATE,),
    nodes.DISTRIBUTION_VALIDATOR: (nodes.STATISTICS_GEN,),
    nodes.EXAMPLE_VALIDATOR: (nodes.STATISTICS_GEN, nodes.PROVIDE_SCHEMA),
    nodes.SUMMARISE_DISTRIBUTIONS: (
        nodes.DISTRIBUTION_VALIDATOR,
        nodes.EXAMPLE_VALIDATOR,
    ),
    nodes.DISTRIBUTION_GATE: (nodes.SUMMARISE_DISTRIBUTIONS,),
    nodes.TRANSFORM: (nodes.DISTRIBUTION_GATE,),
    nodes.TRAINER: (nodes.TRANSFORM,),
    nodes.FIND_BASELINE: (nodes.TRAINER,),
    nodes.EVALUATE: (nodes.FIND_BASELINE,),
    nodes.PUSHER: (nodes.EVALUATE,),
    nodes.REPORT: (nodes.PUSHER,),
}


@dataclass(frozen=True)
class StepDemand:
    """What the container of one step asks for."""

    name: str
    """Node of the graph."""

    requests: Amounts
    """Resource -> amount: cores, bytes, devices."""

    limits: Amounts
    """Resource -> limit, in the same units."""

    selector: Mapping[str, str]
    """Labels that its node must have."""

    tolerated: frozenset[Toleration]
    """Key, value and effect of each taint that its node may have."""


@dataclass(frozen=True)
class Demand:
    """What a run asks for."""

    steps: tuple[StepDemand, ...]
    """Its steps."""

    waits_for: Mapping[str, tuple[str, ...]]
    """Step -> steps that it waits for."""

    image: str
    """Container image of the steps."""

    def peak(self, amounts: Mapping[str, float]) -> float:
        """The largest sum of an amount over steps that can run at once.

        Args:
            amounts: Step -> its amount.
        """
        before = {step.name: self.ancestors(step.name) for step in self.steps}
        apart = {
            one: frozenset(o for o in before if o in before[one] or one in before[o])
            for one in before
        }
        return _heaviest(frozenset(before), apart, amounts)

    def ancestors(self, step: str) -> set[str]:
        """All steps that must end before one starts."""
        found: set[str] = set()
        waiting = list(self.waits_for.get(step, ()))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self.waits_for.get(name, ()))
        return found


def demand_of_table(pools: Pools, pool: str, image: str) -> Demand:
    """What a run of any recipe asks for, by infra/pools.yaml.

    Args:
        pools: The table.
        pool: Pool of the steps that use an accelerator.
        image: Container image of the steps.
    """
    steps = tuple(_step_of_table(pools, pool, name) for name in WAITS_FOR)
    return Demand(steps, WAITS_FOR, image)


def demand_of_file(path: Path) -> Demand:
    """What a run of a compiled specification asks for.

    Args:
        path: The file that `prodl compile` wrote.

    Raises:
        UsageError: It is no specification of a pipeline with steps.
    """
    # Here, because it imports kfp, which the table does without.
    from pipelines.kubeflow.spec import read_specification

    read = read_specification(path)
    if not read.order:
        raise UsageError(
            f"{path}: expected a pipeline with steps. Received none.\n"
            "Compile a recipe: prodl compile RECIPE"
        )
    steps = tuple(
        _step_of_file(name, read.containers[name], read.placements[name])
        for name in read.order
    )
    waits_for = {name: tuple(found) for name, found in read.dependencies.items()}
    images = {container.image for container in read.containers.values()}
    return Demand(steps, waits_for, sorted(images)[0])


def _step_of_table(pools: Pools, pool: str, name: str) -> StepDemand:
    kind, placed = pools.kind_of(name), pools.pool_of(name, pool)
    devices = _devices(placed.accelerator)
    return StepDemand(
        name,
        requests=_amounts(kind.cpu_request, kind.memory_request, devices),
        limits=_amounts(kind.cpu_limit, kind.memory_limit, devices),
        selector=placed.node_selector,
        tolerated=frozenset((t.key, t.value, t.effect) for t in placed.taints),
    )


def _devices(accelerator: Accelerator | None) -> dict[str, float]:
    if accelerator is None:
        return {}
    return {accelerator.resource: float(accelerator.count)}


def _step_of_file(name: str, container: Any, placement: Any) -> StepDemand:
    asked = container.resources
    devices = {}
    if asked.accelerator.count:
        devices[asked.accelerator.type] = float(asked.accelerator.count)
    return StepDemand(
        name,
        requests=_amounts(asked.cpu_request, asked.memory_request, devices),
        limits=_amounts(asked.cpu_limit, asked.memory_limit, devices),
        selector=dict(placement.node_selector.labels),
        tolerated=frozenset((t.key, t.value, t.effect) for t in placement.tolerations),
    )


def _amounts(cpu: float, memory: float, devices: Amounts) -> Amounts:
    """Cores, bytes and devices; memory is given in gigabytes."""
    return {"cpu": cpu, "memory": memory * GIGABYTE, **devices}


def _heaviest(
    left: frozenset[str], apart: Mapping[str, frozenset[str]], amounts: Amounts
) -> float:
    """Weight of the heaviest set of steps without two that are apart."""
    busiest = max(left, key=lambda name: len(apart[name] & left), default="")
    if not busiest or not apart[busiest] & left:
        return sum(amounts.get(name, 0.0) for name in left)
    without = _heaviest(left - {busiest}, apart, amounts)
    chosen = _heaviest(left - {busiest} - apart[busiest], apart, amounts)
    return max(without, amounts.get(busiest, 0.0) + chosen)
