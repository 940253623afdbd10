# SPDX-License-Identifier: Apache-2.0
"""A run that cannot end well is refused before its first step, and changes nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines.__main__ import main
from pipelines.fingerprint import PROJECT_ROOT
from pipelines.lock import run_lock
from tests.support.states import make_state

RUNS = (("run", "mnist-cnn"), ("validate", "mnist"))


@pytest.fixture
def state(checkout: Path) -> Path:
    """The state folder of the checkout."""
    return make_state(checkout / ".prodl")


def _prodl(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def _files(folder: Path) -> dict[Path, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files if path.name != "lock"}


@pytest.mark.parametrize("arguments", RUNS)
def test_second_run_of_a_state_names_the_first(
    state: Path, arguments: tuple[str, ...]
) -> None:
    with run_lock(state, "prodl run mnist-gan"):
        result = _prodl(*arguments)
    assert result.exit_code == 6
    holder = f"process {os.getpid()} (prodl run mnist-gan)"
    assert f"the state folder {state} is in use by {holder}" in result.output


@pytest.mark.parametrize("arguments", [*RUNS, ("clean", "--yes")])
def test_run_in_a_copied_state_is_refused(
    state: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    other = tmp_path / "other"
    shutil.copytree(state, other)
    before = _files(other)
    monkeypatch.setenv("PRODL_HOME", str(other))
    result = _prodl(*arguments)
    assert result.exit_code == 1
    assert f"the state folder {other} was made as {state}" in result.output
    assert _files(other) == before


@pytest.mark.parametrize("arguments", RUNS)
def test_run_with_a_damaged_database_is_refused(
    state: Path, arguments: tuple[str, ...]
) -> None:
    os.truncate(state / "mlmd.sqlite", 100_000)
    before = _files(state)
    result = _prodl(*arguments)
    assert result.exit_code == 1
    assert f"{state}/mlmd.sqlite is damaged" in result.output
    assert result.output.endswith(f"mv {state} {state}.old\n")
    assert "The same command goes on" not in result.output
    assert _files(state) == before


def test_damaged_record_of_a_run_is_named_by_every_command(state: Path) -> None:
    record = state / "runs" / "mnist-cnn.json"
    record.parent.mkdir()
    record.write_text("{")
    for arguments in (("clean", "--yes"), ("report", "mnist-cnn")):
        result = _prodl(*arguments)
        assert result.exit_code == 1
        assert f"{record} is damaged" in result.output
    assert record.exists()


def test_command_needs_neither_home_nor_path_nor_utf8(checkout: Path) -> None:
    environment = {
        "PRODL_ROOT": str(checkout),
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONPATH": str(PROJECT_ROOT),
    }
    command = [sys.executable, "-m", "pipelines", "report", "mnist"]
    ran = subprocess.run(command, env=environment, capture_output=True)
    assert ran.returncode == 2
    # Terminals of the C locale have no other letters.
    assert b"'mnist' was not run yet in " in ran.stderr
