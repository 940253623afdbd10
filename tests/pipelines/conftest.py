# SPDX-License-Identifier: Apache-2.0
"""What the tests of fingerprints and keys share."""

import shutil
from pathlib import Path

import pytest

from components.core.import_path import OWN_PACKAGES
from pipelines import fingerprint


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project's packages that fingerprints are taken from."""
    for package in OWN_PACKAGES:
        shutil.copytree(fingerprint.PROJECT_ROOT / package, tmp_path / package)
    monkeypatch.setattr(fingerprint, "PROJECT_ROOT", tmp_path)
    return tmp_path
