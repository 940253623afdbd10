# SPDX-License-Identifier: Apache-2.0
"""A step starts from empty outputs, and its files reach the disk before it is done."""

import os
from pathlib import Path

import pytest
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.orchestration.portable.data_types import ExecutionInfo
from tfx.proto.orchestration.executable_spec_pb2 import PythonClassExecutableSpec
from tfx.types.standard_artifacts import Examples

from pipelines.local.executors import OPERATORS


class WriteShard(BaseExecutor):
    """Writes one file into its output folder."""

    def Do(self, input_dict, output_dict, exec_properties):  # type: ignore[no-untyped-def]  # noqa: N802
        (example,) = output_dict["examples"]
        (Path(example.uri) / "Split-train").mkdir(exist_ok=True)
        (Path(example.uri) / "Split-train" / "shard-1").write_text("new")


def _run(folder: Path) -> None:
    examples = Examples()
    examples.uri = str(folder)
    spec = PythonClassExecutableSpec(class_path=f"{__name__}.WriteShard")
    operator = OPERATORS[PythonClassExecutableSpec](spec)
    scratch = str(folder.parents[1] / "scratch")
    info = ExecutionInfo(
        execution_id=3,
        input_dict={},
        output_dict={"examples": [examples]},
        exec_properties={},
        tmp_dir=scratch,
        execution_output_uri=scratch,
        stateful_working_dir=scratch,
    )
    operator.run_executor(info)


def test_files_of_a_former_execution_of_the_same_id_are_gone(tmp_path: Path) -> None:
    stale = tmp_path / "examples" / "3" / "Split-train"
    stale.mkdir(parents=True)
    (stale / "shard-0").write_text("of an earlier, larger data set")
    (stale.parent / "stray").write_text("")
    _run(stale.parent)
    files = [path for path in stale.parent.rglob("*") if path.is_file()]
    assert files == [stale / "shard-1"]


def test_files_are_on_the_disk_when_the_step_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    folder = tmp_path / "examples" / "3"
    folder.mkdir(parents=True)
    _run(folder)
    assert {str(folder), str(folder / "Split-train" / "shard-1")} <= set(synced)
