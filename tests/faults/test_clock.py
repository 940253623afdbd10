# SPDX-License-Identifier: Apache-2.0
"""A clock that was set back, or a failure that TFX only records, opens no gate."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from components.core.errors import DataRefused, ProdlError
from pipelines.lineage.database import DATABASE
from pipelines.lineage.store import ExecutionRecord
from pipelines.local import runner
from pipelines.local.run import validate_dataset
from pipelines.run_record import StepRecord
from tests.support.project import Project, enter_new_project, statuses

DAY_IN_MS = 24 * 3600 * 1000


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose data the gate refuses, with a state folder from tomorrow."""
    project = enter_new_project(tmp_path / "project", monkeypatch)
    project.edit_yaml("data/mnist/expectations.yaml", _demand_more_than_there_is)
    with pytest.raises(DataRefused):
        validate_dataset("mnist")
    _move_to_tomorrow(project.root / ".prodl" / DATABASE)
    return project


def _demand_more_than_there_is(settings: Any) -> None:
    checks = settings["items"]["expectations"]
    checks["every_class_present"]["min_items"] = 10_000


def _move_to_tomorrow(database: Path) -> None:
    with sqlite3.connect(database) as store:
        for table in ("Artifact", "Execution"):
            for column in ("create_time_since_epoch", "last_update_time_since_epoch"):
                store.execute(f"UPDATE {table} SET {column} = {column} + {DAY_IN_MS}")


def test_data_gate_refuses_with_a_clock_that_was_set_back(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DataRefused, match="every_class_present"):
        validate_dataset("mnist")
    output = capsys.readouterr().out
    assert "behind the newest entry of the state folder" in output
    assert statuses(output)["Ingest"] == "ran"
    assert "cached" not in statuses(output.partition("is not used")[2]).values()
    assert not project.read_json("reports/data/mnist/verdict.json")["passed"]


@pytest.mark.parametrize("state", ["FAILED", "RUNNING", "CANCELED", "NEW"])
def test_execution_that_did_not_succeed_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    execution = ExecutionRecord(7, "Ingest", "mnist.1", state, {}, {}, {}, "no inputs")

    class Store:
        def __init__(self, path: Path, is_examined: bool) -> None:
            del path, is_examined

        def execution(self, execution_id: int) -> ExecutionRecord:
            assert execution_id == 7
            return execution

    monkeypatch.setattr(runner, "LineageStore", Store)
    step = StepRecord("Ingest", execution_id=7)
    target = runner.local_target(tmp_path, "mnist", "mnist")
    with pytest.raises(ProdlError, match=f"Ingest is recorded as {state}.*no inputs"):
        runner._describe(step, target)
    assert step.status == "not_run"
    assert step.outputs == {}
