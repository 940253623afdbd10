# SPDX-License-Identifier: Apache-2.0
"""A small project for faults to be planted in."""

from pathlib import Path

import pytest

from tests.support.project import Project, enter_new_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A sound small project, the current one for commands of this process."""
    return enter_new_project(tmp_path / "project", monkeypatch)
