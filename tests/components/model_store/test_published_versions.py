# SPDX-License-Identifier: Apache-2.0
"""The baseline in an object store is found as in a folder."""

import json
from pathlib import Path

import pytest

from components.core.hashing import hash_directory
from components.model_store.published import PublishedModel, newest_other

PUBLISHED = "s3://shelf/published/mnist-cnn"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the store."""
    monkeypatch.setenv("PRODL_STORE_FOLDER", str(tmp_path))
    return tmp_path


def _publish(store: Path, version: str, model_key: str, whole: bool = True) -> Path:
    folder = store / "s3" / "shelf" / "published" / "mnist-cnn" / version
    folder.mkdir(parents=True)
    (folder / "provenance.json").write_text(json.dumps({"model_key": model_key}))
    if whole:
        (folder / "saved_model.pb").write_bytes(b"graph")
    return folder


def test_empty_store_has_no_baseline(store: Path) -> None:
    assert newest_other(PUBLISHED, "a", store) == PublishedModel()


def test_newest_version_of_another_configuration_is_found_with_its_hash(
    store: Path,
) -> None:
    folder = _publish(store, "9", "a")
    _publish(store, "10", "candidate")
    found = newest_other(PUBLISHED, "candidate", store)
    assert found == PublishedModel(f"{PUBLISHED}/9", hash_directory(folder))


def test_upload_that_was_cut_off_does_not_count(store: Path) -> None:
    _publish(store, "9", "a")
    _publish(store, "10", "b", whole=False)
    assert newest_other(PUBLISHED, "c", store).uri == f"{PUBLISHED}/9"
