# SPDX-License-Identifier: Apache-2.0
"""Records of what KFP's programs said: how they are made, kept and replayed."""

import json
import re
from pathlib import Path

import pytest

from components.core.errors import ProdlError
from pipelines.kubeflow.spec import read_specification
from tests.support.kfp import records
from tests.support.kfp.cluster import start_cluster
from tests.support.kfp.normal_form import record_steps
from tests.support.kfp.programs import Programs
from tests.support.kfp.records import RecordName, Steps, write_record
from tests.support.kfp.replay import replay
from tests.support.kfp.run import Run, run_specification
from tests.support.kfp.shell_pipeline import ANSWER, WRITE, write_pipeline

OF_KFP = ("/tmp/kfp/outputs/", "/tmp/outputs/")
STEPS: Steps = {
    "Write": {"executor_input": {}, "executor_output": None, "pod_spec_patch": {}}
}


def test_other_pools_are_kept_as_pods_and_equal_files_as_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    for version in ("2.16.1", "2.17.0"):
        for pool in ("cpu", "gpu"):
            write_record(RecordName(version, "shell", pool), version, STEPS)
    kept = json.loads((tmp_path / "2.16.1/shell-gpu.json").read_text())
    assert kept == {"Write": {"pod_spec_patch": {}}}
    links = {path.name for path in tmp_path.rglob("*") if path.is_symlink()}
    assert links == {"shell-cpu.json", "shell-gpu.json"}
    linked = tmp_path / "2.17.0/shell-cpu.json"
    assert json.loads(linked.read_text()) == STEPS


def test_pool_that_changes_more_than_pods_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    with pytest.raises(ProdlError, match="record 2.16.1/shell-cpu first"):
        write_record(RecordName("2.16.1", "shell", "gpu"), "", STEPS)
    write_record(RecordName("2.16.1", "shell", "cpu"), "", STEPS)
    other: Steps = {"Write": STEPS["Write"] | {"executor_output": {"artifacts": {}}}}
    with pytest.raises(ProdlError, match="Write: its executor_output is not that of"):
        write_record(RecordName("2.16.1", "shell", "gpu"), "", other)


def test_records_are_small_and_name_no_machine() -> None:
    files = [path for path in records.FOLDER.rglob("*") if path.is_file()]
    assert sum(path.lstat().st_size for path in files) < 1_000_000
    for path in files:
        # Folders of users and of temporary files, but for those of KFP itself.
        named = re.findall(r"/(?:home|root|Users|tmp)/[\w./-]*", path.read_text())
        assert [n for n in named if not n.startswith(OF_KFP)] == []


@pytest.mark.kfp
def test_replayed_run_says_what_was_recorded(
    programs: Programs, tmp_path: Path
) -> None:
    path = write_pipeline(tmp_path / "shell.yaml", write=f"{WRITE} && {ANSWER}")
    image = tmp_path / "image"
    image.mkdir()

    def run(name: str, steps: Steps | None = None) -> Run:
        change = replay(steps) if steps else None
        with start_cluster(programs, image, tmp_path / name) as cluster:
            return run_specification(cluster, read_specification(path), change=change)

    recorded = record_steps(run("first"), str(tmp_path))
    answered = recorded["Write"]["executor_output"]["artifacts"]["text"]["artifacts"][0]
    assert answered["metadata"] == {"lines": 1.0}
    assert record_steps(run("second", recorded), str(tmp_path)) == recorded
    read = recorded["Read"]["executor_input"]["inputs"]["artifacts"]["text"]
    assert read["artifacts"][0]["metadata"]["lines"] == 1.0
    assert str(tmp_path) not in json.dumps(recorded)
