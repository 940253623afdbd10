# SPDX-License-Identifier: Apache-2.0
"""The table of node pools: what it says, and what it refuses."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.errors import UsageError
from components.core.project import project_root
from pipelines.kubeflow.pools import POOLS_FILE, load_pools
from pipelines.nodes import DATA_NODES, MODEL_NODES, REPORT


def test_only_training_asks_for_an_accelerator() -> None:
    pools = load_pools(project_root())
    accelerated = {s for s in pools.steps if pools.pool_of(s, "gpu").accelerator}
    assert accelerated == {"Trainer"}


def test_every_step_of_the_table_is_a_node_of_the_graph() -> None:
    pools = load_pools(project_root())
    cluster = pools.cluster
    named = {*pools.steps, *cluster.secret_steps, *cluster.claim_steps}
    assert named <= {*DATA_NODES, *MODEL_NODES, REPORT}


def test_step_that_is_not_named_is_light_and_on_the_base_pool() -> None:
    pools = load_pools(project_root())
    assert pools.kind_of("ItemGate") == pools.kinds["light"]
    assert pools.pool_of("ItemGate", "tpu") == pools.pools["cpu"]


def test_pods_select_own_labels_and_those_of_the_cloud() -> None:
    selector = load_pools(project_root()).pool("tpu").node_selector
    assert selector["prodl.dev/pool"] == "tpu"
    assert selector["cloud.google.com/gke-tpu-topology"] == "2x2"


def test_every_accelerated_pool_keeps_other_pods_away() -> None:
    for pool in load_pools(project_root()).pools.values():
        if pool.accelerator:
            assert pool.accelerator.resource in {taint.key for taint in pool.taints}


def test_unknown_pool_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'gpu'"):
        load_pools(project_root()).pool("gpus")


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("pools", "gpu", "machine"), "x", "unknown key 'machine'"),
        (("pools", "gpu", "accelerator", "count"), 0, "count must be 1 or more"),
        (("kinds", "data", "cpu_request"), 9, "at most cpu_limit"),
        (
            ("pools", "cpu", "allocatable", "memory"),
            5,
            "data requests more than",
        ),
        (("steps", "Trainer"), "trainig", "Did you mean 'training'"),
        (("pools", "gpu", "taints"), [{"key": "a"}], "missing 'value', 'effect'"),
    ],
)
def test_wrong_table_is_refused(
    tmp_path: Path, keys: tuple[str, ...], value: Any, message: str
) -> None:
    table = yaml.safe_load((project_root() / POOLS_FILE).read_text())
    node = table
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = value
    path = tmp_path / POOLS_FILE
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(table))
    with pytest.raises(UsageError, match=message):
        load_pools(tmp_path)
