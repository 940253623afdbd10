# SPDX-License-Identifier: Apache-2.0
"""Metrics on disk, and the hash of a folder."""

import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from components.core.errors import DamagedFile
from components.core.hashing import hash_directory
from components.evaluator.metrics import Metrics, read_metrics, write_metrics

VALUES = {"test_accuracy": 0.9963, "test_log_loss": 1.25e-2}
PROTOCOL = {"split": "test", "unit.test_log_loss": "nats per example"}


def test_metrics_come_back_as_they_were_written(tmp_path: Path) -> None:
    metrics = Metrics(VALUES, PROTOCOL, files={"tfma/plots": b"\0\1"})
    write_metrics(metrics, tmp_path / "evaluation", baseline={"test_accuracy": 0.99})
    record = read_metrics(tmp_path / "evaluation")
    assert (record.values, record.protocol) == (VALUES, PROTOCOL)
    assert record.baseline == {"test_accuracy": 0.99}
    assert (tmp_path / "evaluation" / "tfma" / "plots").read_bytes() == b"\0\1"


def test_absent_baseline_comes_back_as_none(tmp_path: Path) -> None:
    write_metrics(Metrics(VALUES, PROTOCOL), tmp_path)
    assert read_metrics(tmp_path).baseline is None


def test_damaged_record_names_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text('{"values": {"a": "b"}, "protocol": {}}')
    with pytest.raises(DamagedFile, match=r"metrics\.json is damaged: values\.a"):
        read_metrics(tmp_path)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"test_loss": math.nan}, "finite number.*\nReceived nan"),
        ({"test_loss": math.inf}, "finite number"),
        ({"test_loss": True}, "finite number"),
        ({"test_loss": "0.5"}, "finite number"),
        ({"testLoss": 0.5}, "snake case.*\nReceived 'testLoss'"),
        ({"test loss": 0.5}, "snake case"),
        ({"": 0.5}, "snake case"),
    ],
)
def test_wrong_value_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Metrics(values, {})


@pytest.mark.parametrize(
    "name", ["/etc/x", "../x", "a/../../x", "metrics.json", "verdict.json", ""]
)
def test_file_stays_inside_the_artifact(name: str) -> None:
    with pytest.raises(ValueError, match="inside the artifact"):
        Metrics({}, {}, files={name: b""})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "data").write_bytes(b"weights")
    return folder


def test_copy_has_the_same_hash(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copyfile)
    (copy / "empty").mkdir()
    assert hash_directory(copy) == hash_directory(folder)


def test_linked_file_has_the_hash_of_what_it_points_to(
    folder: Path, tmp_path: Path
) -> None:
    before = hash_directory(folder)
    shutil.move(folder / "saved_model.pb", tmp_path / "cached")
    (folder / "saved_model.pb").symlink_to(tmp_path / "cached")
    assert hash_directory(folder) == before


@pytest.mark.parametrize("change", ["content", "name", "added", "moved"])
def test_changed_folder_has_another_hash(folder: Path, change: str) -> None:
    before = hash_directory(folder)
    graph = folder / "saved_model.pb"
    match change:
        case "content":
            graph.write_bytes(b"grapH")
        case "name":
            graph.rename(folder / "saved_model2.pb")
        case "added":
            (folder / "more").touch()
        case "moved":
            graph.rename(folder / "variables" / "saved_model.pb")
    assert hash_directory(folder) != before


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="nowhere"):
        hash_directory(tmp_path / "nowhere")
