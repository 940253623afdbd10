# SPDX-License-Identifier: Apache-2.0
"""Terraform without its registry: format, logic, arguments and references."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from components.core.project import project_root
from infra.checks.bindings import Bindings
from infra.checks.machines import MACHINES
from infra.checks.modules import find_faults, find_loose_ends, read_module
from infra.checks.tools import Tools
from pipelines.kubeflow.pools import load_pools

INFRA = project_root() / "infra"
TERRAFORM = INFRA / "terraform"
PLAN = "terraform/modules/plan"
MODULES = (TERRAFORM, *sorted((TERRAFORM / "modules").iterdir()))
by_name = pytest.mark.parametrize("folder", MODULES, ids=lambda path: path.name)


@pytest.fixture(scope="module")
def terraform() -> str:
    found = shutil.which("terraform")
    if not found:
        pytest.skip(
            "no terraform on the PATH; its formatting and tests are not checked"
        )
    return found


@pytest.fixture(scope="module")
def plan_folder(terraform: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `modules/plan`, initialised without a network."""
    copy = tmp_path_factory.mktemp("plan")
    shutil.copy(INFRA / "pools.yaml", copy)
    shutil.copytree(INFRA / PLAN, copy / PLAN)
    _run(terraform, copy / PLAN, "init", "-backend=false")
    return copy / PLAN


def _run(terraform: str, folder: Path, *arguments: str) -> str:
    # Neither settings of the user nor a look for a newer version.
    environment = os.environ | {"TF_CLI_CONFIG_FILE": "", "CHECKPOINT_DISABLE": "1"}
    result = subprocess.run(
        [terraform, f"-chdir={folder}", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_files_are_formatted(terraform: str) -> None:
    _run(terraform, TERRAFORM, "fmt", "-check", "-recursive", "-diff")


def test_logic_passes_its_own_tests(terraform: str, plan_folder: Path) -> None:
    output = _run(terraform, plan_folder, "test", "-no-color")
    assert "0 failed" in output


def test_nodes_offer_what_pods_ask_for(terraform: str, plan_folder: Path) -> None:
    """What Terraform computes and what the compiler computes, from the one table."""
    table = yaml.safe_load((INFRA / "pools.yaml").read_text())
    values = {
        "project_id": "example-project",
        "location": "europe-west4-a",
        "pools": table["pools"],
        "cluster": table["cluster"],
    }
    file = plan_folder / "values.json"
    file.write_text(json.dumps(values))
    state = f"-state={plan_folder / 'state'}"
    _run(terraform, plan_folder, "apply", "-auto-approve", f"-var-file={file}", state)
    output = _run(terraform, plan_folder, "output", "-json", state)
    placement = json.loads(output)["placement"]["value"]
    pools = load_pools(project_root()).pools
    assert placement.keys() == pools.keys()
    for name, pool in pools.items():
        assert placement[name]["labels"] == pool.node_selector
        assert placement[name]["taints"] == [vars(taint) for taint in pool.taints]
    for name, ordered in json.loads(output)["node_pools"]["value"].items():
        machine, room = MACHINES[ordered["machine_type"]], pools[name].allocatable
        # Rounded down, to what a scheduler would still grant.
        assert 0 <= machine.allocatable_cpu - room.cpu < 0.01, name
        assert 0 <= machine.allocatable_gigabytes - room.memory < 0.1, name


@pytest.mark.slow
@by_name
def test_arguments_are_those_of_the_provider(folder: Path, programs: Tools) -> None:
    assert find_faults(read_module(folder), Bindings(programs.bindings)) == []


@by_name
def test_references_lead_to_what_is_declared(folder: Path) -> None:
    assert find_loose_ends(read_module(folder)) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("spot            =", "sport           =", "node_config: unknown sport"),
        ("auto_repair  =", "auto_repeat  =", "management: unknown auto_repeat"),
        ("gpu_driver_version", "driver", "unknown driver"),
        ('type         = "COMPACT"', "", "placement_policy: missing type"),
        ("google_container_node_pool", "google_node_pool", "no google_node_pool"),
    ],
)
def test_wrong_argument_is_found(
    tmp_path: Path, programs: Tools, old: str, new: str, fault: str
) -> None:
    text = (TERRAFORM / "modules/cluster/main.tf").read_text()
    assert old in text
    (tmp_path / "main.tf").write_text(text.replace(old, new))
    faults = find_faults(read_module(tmp_path), Bindings(programs.bindings))
    assert any(fault in line for line in faults), faults


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("var.pool_zones", "var.zones", "variable zones is used"),
        (
            "module.storage.bucket",
            "module.storage.buckets",
            "module.storage.buckets is",
        ),
        (
            "  node_account        = module.identity.node_account\n",
            "",
            "not given node",
        ),
        ("local.table.pools", "local.tables.pools", "locals tables is used"),
        ("region              = ", "place    = ", "is given place"),
    ],
)
def test_loose_end_is_found(tmp_path: Path, old: str, new: str, fault: str) -> None:
    copy = tmp_path / "terraform"
    shutil.copytree(TERRAFORM, copy)
    text = (copy / "main.tf").read_text()
    assert old in text
    (copy / "main.tf").write_text(text.replace(old, new))
    faults = find_loose_ends(read_module(copy))
    assert any(fault in line for line in faults), faults
