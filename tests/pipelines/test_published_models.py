# SPDX-License-Identifier: Apache-2.0
"""The baseline is the newest published model that another configuration made."""

import json
from pathlib import Path

from components.model_store.published import PublishedModel
from pipelines.published_models import find_baseline


def _publish(root: Path, version: int, model_key: str) -> Path:
    folder = root / "models" / "mnist-cnn" / str(version)
    folder.mkdir(parents=True)
    (folder / "provenance.json").write_text(json.dumps({"model_key": model_key}))
    return folder


def test_without_a_published_model_there_is_no_baseline(tmp_path: Path) -> None:
    assert find_baseline(tmp_path, "mnist-cnn", "a") == PublishedModel()


def test_newest_version_is_the_baseline_by_number_not_by_text(tmp_path: Path) -> None:
    _publish(tmp_path, 9, "a")
    _publish(tmp_path, 10, "b")
    assert find_baseline(tmp_path, "mnist-cnn", "c").uri == "models/mnist-cnn/10"


def test_a_model_is_not_compared_with_its_own_earlier_self(tmp_path: Path) -> None:
    _publish(tmp_path, 1, "a")
    _publish(tmp_path, 2, "b")
    assert find_baseline(tmp_path, "mnist-cnn", "b").uri == "models/mnist-cnn/1"


def test_changed_bytes_change_the_hash(tmp_path: Path) -> None:
    folder = _publish(tmp_path, 1, "a")
    before = find_baseline(tmp_path, "mnist-cnn", "b").sha256
    (folder / "saved_model.pb").write_bytes(b"graph")
    assert find_baseline(tmp_path, "mnist-cnn", "b").sha256 != before
