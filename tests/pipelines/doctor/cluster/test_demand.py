# SPDX-License-Identifier: Apache-2.0
"""What a run asks: the largest step, and steps that can run at once."""

from pathlib import Path

import pytest

from components.core.errors import UsageError
from components.core.project import project_root
from pipelines.doctor.cluster.capacity.demand import (
    Demand,
    StepDemand,
    demand_of_file,
    demand_of_table,
)
from pipelines.doctor.cluster.capacity.quantities import read_quantity, show_amount
from pipelines.kubeflow.pools import load_pools

POOLS = load_pools(project_root())


def _step(name: str) -> StepDemand:
    return StepDemand(name, {}, {}, {}, frozenset())


def test_only_steps_that_do_not_wait_for_each_other_add_up() -> None:
    # a -> b -> d, a -> c -> d: b and c run at once.
    waits_for = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}
    demand = Demand(tuple(map(_step, "abcd")), waits_for, "image")
    assert demand.peak({"a": 4, "b": 2, "c": 3, "d": 1}) == 5
    assert demand.peak({"a": 6, "b": 2, "c": 3, "d": 1}) == 6


def test_independent_steps_all_add_up_at_once() -> None:
    names = [f"s{i}" for i in range(60)]
    demand = Demand(tuple(map(_step, names)), {}, "image")
    assert demand.peak(dict.fromkeys(names, 1.0)) == 60


def test_the_table_is_the_demand_of_every_recipe() -> None:
    demand = demand_of_table(POOLS, "tpu", "image")
    steps = {step.name: step for step in demand.steps}
    assert len(steps) == 16
    trainer = POOLS.kinds["training"]
    assert steps["Trainer"].requests == {
        "cpu": trainer.cpu_request,
        "memory": trainer.memory_request * 1e9,
        "google.com/tpu": 4,
    }
    assert steps["Trainer"].selector == POOLS.pools["tpu"].node_selector
    assert steps["Evaluate"].selector == POOLS.pools["cpu"].node_selector


def test_quantities_of_kubernetes() -> None:
    assert read_quantity("3920m") == 3.92
    assert read_quantity("64Gi") == 64 * 2**30
    assert read_quantity("many") == 0
    assert read_quantity(None) == 0
    assert show_amount("requests.memory", 68719476736) == "68.7 GB"
    assert show_amount("cpu", 3.92) == "3.92"


def test_a_specification_without_steps_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("pipelineInfo: {name: x}\nroot: {dag: {}}\nschemaVersion: 2.1.0\n")
    with pytest.raises(UsageError, match="expected a pipeline with steps"):
        demand_of_file(path)
