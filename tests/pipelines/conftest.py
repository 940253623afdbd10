# SPDX-License-Identifier: Apache-2.0
"""What the tests of fingerprints and keys share."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import fingerprint


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the project's packages that fingerprints are taken from."""
    for package in fingerprint.PROJECT_PACKAGES:
        shutil.copytree(fingerprint.PROJECT_ROOT / package, tmp_path / package)
    monkeypatch.setattr(fingerprint, "PROJECT_ROOT", tmp_path)
    fingerprint.source_fingerprint.cache_clear()
    yield tmp_path
    fingerprint.source_fingerprint.cache_clear()
