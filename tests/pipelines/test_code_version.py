# SPDX-License-Identifier: Apache-2.0
"""Versions of the code are noted when they change, and the change is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import code_version
from pipelines.code_version import CodeVersion, note_code, read_code_history
from pipelines.commands import code as verb

INSTALLED = CodeVersion("0.2.0", "abc", {"keras": "3.14", "tfx": "1.21.0"})
BUMPED = replace(INSTALLED, prodl="0.3.0", fingerprint="def")


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install one version after the other: the last one stays."""
    _install(monkeypatch, INSTALLED)


def _install(monkeypatch: pytest.MonkeyPatch, code: CodeVersion) -> None:
    for module in (code_version, verb):
        monkeypatch.setattr(module, "installed_code", lambda: code)


def test_history_has_an_entry_per_change(
    tmp_path: Path, install: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert note_code(tmp_path, "1") == []
    assert note_code(tmp_path, "2") == []
    _install(monkeypatch, BUMPED)
    assert note_code(tmp_path, "3") == ["prodl 0.2.0 -> 0.3.0"]
    history = read_code_history(tmp_path)
    assert [noted.since for noted in history.versions] == ["1", "3"]
    assert history.changes_since("2") == ["prodl 0.2.0 -> 0.3.0"]
    assert history.changes_since("3") == []
    # A state folder of a prodl that did not note its version.
    assert history.changes_since("0") == []


def test_file_for_dvc_changes_with_the_code_alone(
    tmp_path: Path, install: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / verb.CODE_FILE
    assert verb.write_code(tmp_path) == "prodl 0.2.0"
    before = file.read_bytes()
    assert verb.write_code(tmp_path) == "prodl 0.2.0, as before"
    assert file.read_bytes() == before
    _install(monkeypatch, BUMPED)
    assert verb.write_code(tmp_path) == "prodl 0.2.0 -> 0.3.0"
    assert file.read_bytes() != before


def test_what_is_installed_is_told_from_the_metadata(tmp_path: Path) -> None:
    code = code_version.installed_code()
    assert code.libraries["tfx"]
    assert len(code.fingerprint) == 64
