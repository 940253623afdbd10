# SPDX-License-Identifier: Apache-2.0
"""The baseline is the newest published model that another configuration made."""

import json
import shutil
from pathlib import Path

import pytest

from components.core.errors import DamagedFile, ModelRefused
from components.core.hashing import hash_directory
from components.model_store.published import PublishedModel
from pipelines.published_models import find_baseline, published_versions
from tests.support.published import register_folder


def _publish(root: Path, version: int, model_key: str) -> Path:
    folder = root / "models" / "mnist-cnn" / str(version)
    folder.mkdir(parents=True)
    (folder / "provenance.json").write_text(json.dumps({"model_key": model_key}))
    return register_folder(folder)


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


def test_changed_file_of_a_version_is_refused(tmp_path: Path) -> None:
    folder = _publish(tmp_path, 1, "a")
    found = find_baseline(tmp_path, "mnist-cnn", "b")
    assert found.sha256 == hash_directory(folder)
    (folder / "saved_model.pb").write_bytes(b"graph")
    with pytest.raises(ModelRefused, match="not those that were published"):
        find_baseline(tmp_path, "mnist-cnn", "b")


def test_planted_version_is_refused(tmp_path: Path) -> None:
    folder = _publish(tmp_path, 1, "a")
    shutil.copytree(folder, folder.with_name("9999999999"))
    with pytest.raises(ModelRefused, match="does not name it"):
        find_baseline(tmp_path, "mnist-cnn", "b")


def test_version_with_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    folder = _publish(tmp_path, 1, "a")
    (folder / "variables").symlink_to(tmp_path / "absent")
    with pytest.raises(ModelRefused, match="Received sha256 none: "):
        find_baseline(tmp_path, "mnist-cnn", "b")


@pytest.mark.parametrize("content", ["{", "[]", '{"versions": [{"version": "x"}]}'])
def test_damaged_registry_is_named(tmp_path: Path, content: str) -> None:
    registry = _publish(tmp_path, 1, "a").parent / "versions.json"
    registry.write_text(content)
    with pytest.raises(DamagedFile, match=f"{registry} is damaged.*\n.*dvc checkout"):
        find_baseline(tmp_path, "mnist-cnn", "b")


def test_folder_that_is_no_number_is_no_version(tmp_path: Path) -> None:
    folder = _publish(tmp_path, 1, "a")
    for name in ("007", "\u00b2", "\u0663", "-4", "1.part", "withdrawn"):
        folder.with_name(name).mkdir()
    assert [path.name for path in published_versions(tmp_path, "mnist-cnn")] == ["1"]
