# SPDX-License-Identifier: Apache-2.0
"""The project is found from anywhere inside it."""

from pathlib import Path

import pytest

from components.core.errors import UsageError
from components.core.project import project_root, state_dir


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PRODL_ROOT", "PRODL_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_root_is_found_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "params.yaml").touch()
    (tmp_path / "data" / "raw").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "data" / "raw")
    assert project_root() == tmp_path
    assert state_dir() == tmp_path / ".prodl"


def test_variables_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    monkeypatch.setenv("PRODL_HOME", str(tmp_path / "elsewhere"))
    assert project_root() == tmp_path
    assert state_dir() == tmp_path / "elsewhere"


def test_outside_a_project_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="Change into .* or set PRODL_ROOT"):
        project_root()


def test_root_that_does_not_exist_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path / "absent"))
    with pytest.raises(UsageError, match="PRODL_ROOT must name .* Received '.*absent'"):
        project_root()
