# SPDX-License-Identifier: Apache-2.0
"""Records of what KFP's programs said: how they are made, kept and replayed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.kubeflow.spec import read_specification
from tests.support.kfp import records
from tests.support.kfp.cluster import start_cluster
from tests.support.kfp.normal_form import record_steps
from tests.support.kfp.programs import Programs
from tests.support.kfp.records import Record, RecordName, read_record, write_record
from tests.support.kfp.replay import replay
from tests.support.kfp.run import Run, run_specification
from tests.support.kfp.shell_pipeline import ANSWER, WRITE, write_pipeline

DOCUMENTS: list[dict[str, Any]] = [{"a": {"b": 1}, "c": [1]}, {"d": {"e": "f"}}]
STEPS = {"Write": {"pod_spec_patch": {"x": {"y": 1}}, "executor_output": {"z": 1}}}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of records."""
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    return tmp_path


def test_other_records_are_kept_as_differences(folder: Path) -> None:
    whole = RecordName("2.16.1", "shell", "cpu")
    other = RecordName("2.17.0", "shell", "gpu")
    changed = Record(
        [{"a": {"b": 2, "new": {}}}, {"d": {"e": "f"}}],
        {"Write": {"pod_spec_patch": {"x": {}}, "executor_output": {"z": 1}}},
    )
    write_record(whole, Record(DOCUMENTS, STEPS))
    write_record(other, changed)
    assert read_record(whole) == Record(DOCUMENTS, STEPS)
    assert read_record(other) == changed
    assert "executor_output" not in other.path(".patch.json").read_text()
    assert records.record_names() == [whole, other]


def test_record_that_a_patch_cannot_hold_is_refused(folder: Path) -> None:
    write_record(RecordName("2.16.1", "shell", "cpu"), Record(DOCUMENTS, STEPS))
    null = Record(DOCUMENTS, {"Write": {"executor_output": None}})
    with pytest.raises(ValueError, match="cannot be kept as a merge patch"):
        write_record(RecordName("2.16.1", "shell", "gpu"), null)


@pytest.mark.kfp
def test_replayed_run_says_what_was_recorded(
    programs: Programs, tmp_path: Path
) -> None:
    path = write_pipeline(tmp_path / "shell.yaml", write=f"{WRITE} && {ANSWER}")

    def run(name: str, steps: records.Steps | None = None) -> Run:
        change = replay(steps) if steps else None
        with start_cluster(programs, tmp_path, tmp_path / name) as cluster:
            return run_specification(cluster, read_specification(path), change=change)

    recorded = record_steps(run("first"), str(tmp_path))
    answered = recorded["Write"]["executor_output"]["artifacts"]["text"]["artifacts"][0]
    assert answered["metadata"] == {"lines": 1.0}
    assert record_steps(run("second", recorded), str(tmp_path)) == recorded
    read = recorded["Read"]["executor_input"]["inputs"]["artifacts"]["text"]
    assert read["artifacts"][0]["metadata"]["lines"] == 1.0
    assert str(tmp_path) not in yaml.safe_dump(recorded)
