# SPDX-License-Identifier: Apache-2.0
"""A published model is opened only if it is the one that was meant."""

from pathlib import Path

import pytest

from components.core.errors import ProdlError
from components.core.hashing import hash_directory
from components.model_store.published import PublishedModel, open_published


def test_model_is_found_relative_to_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    folder = tmp_path / "models" / "mnist-cnn" / "7"
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    meant = PublishedModel("models/mnist-cnn/7", hash_directory(folder))
    assert open_published("needs", meant) == folder

    (folder / "saved_model.pb").write_bytes(b"another graph")
    with pytest.raises(ProdlError, match="needs models/mnist-cnn/7: its files are not"):
        open_published("needs", meant)


def test_missing_model_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    meant = PublishedModel(str(tmp_path / "gone"), "0" * 64)
    with pytest.raises(ProdlError, match="no such folder.\nGet it back with dvc"):
        open_published("needs", meant)
