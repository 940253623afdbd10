# SPDX-License-Identifier: Apache-2.0
"""A run that is killed in any node goes on there, and ends as if it never had been."""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.nodes import DATA_NODES, EVALUATE, MODEL_NODES, PUSHER
from tests.support.project import RECIPE, Project, make_project, statuses

pytestmark = pytest.mark.slow

NODES = {*DATA_NODES, *MODEL_NODES}
# A name that a shell, an address or a regular expression might take for something.
FOLDER = "päth with 'quote 中 #%"


def test_run_killed_in_every_node_ends_with_the_same_metrics(tmp_path: Path) -> None:
    undisturbed = make_project(tmp_path / "undisturbed")
    undisturbed.check("prodl", "run", RECIPE)
    project = make_project(tmp_path / FOLDER)
    artifacts, begun = project.root / ".prodl" / "artifacts", set[str]()
    while not begun >= NODES:
        begun = _kill_in_next_node(project, artifacts, begun)
    last = project.check("prodl", "run", RECIPE).stdout
    assert set(statuses(last).values()) <= {"cached", "ran"}
    metrics = f"metrics/{RECIPE}.json"
    assert project.read_json(metrics) == undisturbed.read_json(metrics)
    assert not list(_unfinished(project.root))
    _damage_and_follow_the_remedy(project)
    assert project.read_json(metrics) == undisturbed.read_json(metrics)


def _kill_in_next_node(project: Project, artifacts: Path, begun: set[str]) -> set[str]:
    """Start a run, and kill it when a further node has got folders for its outputs.

    Returns:
        The nodes that have begun until then.
    """
    run = project.start("prodl", "run", RECIPE)
    while (now := {path.name for path in artifacts.glob("*")}) <= begun:
        assert run.poll() is None, run.communicate()
        time.sleep(0.002)
    run.kill()
    run.communicate()
    return now


def _damage_and_follow_the_remedy(project: Project) -> None:
    """Damage a record that comes from the cache, and remove what the message names."""
    (record,) = project.root.glob(".prodl/artifacts/Evaluate/evaluation/*/metrics.json")
    record.write_text("{")
    refused = project.prodl("run", RECIPE)
    assert refused.returncode == 1
    named = re.search(r"Remove the folder (.*) and run again", refused.stderr)
    assert named
    shutil.rmtree(named[1])
    again = project.check("prodl", "run", RECIPE).stdout
    ran = {node for node, status in statuses(again).items() if status == "ran"}
    assert {EVALUATE} <= ran <= {EVALUATE, PUSHER}


def _unfinished(root: Path) -> Iterator[Path]:
    for folder in ("reports", "metrics", "models", ".prodl/checkpoints"):
        yield from (root / folder).rglob(".*.part-*")
