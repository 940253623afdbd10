# SPDX-License-Identifier: Apache-2.0
"""A compiled specification that cannot be executed is refused when it is read."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.errors import UsageError
from pipelines.kubeflow.spec import read_specification

STEP = {"componentRef": {"name": "step"}}


def _document(**tasks: Any) -> dict[str, Any]:
    return {
        "schemaVersion": "2.1.0",
        "pipelineInfo": {"name": "small"},
        "deploymentSpec": {"executors": {"e": {"container": {"image": "none"}}}},
        "components": {"step": {"executorLabel": "e"}},
        "root": {"dag": {"tasks": tasks}},
    }


def _read(path: Path, *documents: Any) -> None:
    path.write_text(yaml.safe_dump_all(documents))
    read_specification(path)


def test_sound_document_is_read(tmp_path: Path) -> None:
    _read(tmp_path / "s.yaml", _document(a=STEP, b={**STEP, "dependentTasks": ["a"]}))


def test_tasks_that_wait_for_each_other_are_refused(tmp_path: Path) -> None:
    circle = _document(
        a={**STEP, "dependentTasks": ["b"]}, b={**STEP, "dependentTasks": ["a"]}
    )
    with pytest.raises(UsageError, match="tasks wait for each other: "):
        _read(tmp_path / "s.yaml", circle)


@pytest.mark.parametrize(
    "platform",
    [
        3,
        [],
        {"platforms": []},
        {"platforms": {"kubernetes": 3}},
        {"platforms": {"k": 1}},
    ],
)
def test_platform_of_another_form_is_refused(tmp_path: Path, platform: Any) -> None:
    with pytest.raises(UsageError, match="s.yaml is not a specification"):
        _read(tmp_path / "s.yaml", _document(a=STEP), platform)


@pytest.mark.parametrize(
    "content", [b"", b"3", b"[]", b"\xff\xfe", b"a: \0", b"a: [", b"- " * 500_000]
)
def test_file_that_holds_no_document_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.yaml").write_bytes(content)
    with pytest.raises(UsageError, match="s.yaml") as refusal:
        read_specification(tmp_path / "s.yaml")
    assert len(str(refusal.value)) < 2000


def test_infinite_number_is_refused(tmp_path: Path) -> None:
    document = _document(a=STEP)
    document["components"]["step"]["inputDefinitions"] = {
        "parameters": {"p": {"parameterType": float("inf")}}
    }
    with pytest.raises(UsageError, match="s.yaml is not a specification"):
        _read(tmp_path / "s.yaml", document)
