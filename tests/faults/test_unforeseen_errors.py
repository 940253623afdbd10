# SPDX-License-Identifier: Apache-2.0
"""No command ends in a traceback, whatever happens; the log file has it."""

import errno
import logging
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from components.core.errors import DataRefused
from pipelines.__main__ import VerbGroup
from pipelines.console import quiet, verbose_option

FULL = Path("/dev/full")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PRODL_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def _invoke(error: BaseException, *arguments: str) -> Result:
    @click.group(cls=VerbGroup)
    def group() -> None: ...

    @group.command()
    @verbose_option
    def verb(verbose: bool) -> None:
        raise error

    return CliRunner().invoke(group, ["verb", *arguments])


@pytest.mark.parametrize(
    "error", [ValueError("no such\nthing"), EOFError(), MemoryError(), KeyError("x")]
)
def test_unforeseen_error_is_a_sentence_and_a_log_file(
    state: Path, error: Exception
) -> None:
    result = _invoke(error)
    assert result.exit_code == 1
    (log,) = (state / "logs").glob("*.log")
    sentence, where = result.output.splitlines()
    assert sentence.startswith(f"prodl: {type(error).__name__}: ")
    assert where == f"The traceback is in {log}."
    assert log.read_text().startswith("Traceback (most recent call last):\n")


def test_traceback_is_shown_to_who_wants_the_logs(state: Path) -> None:
    assert "Traceback" in _invoke(ValueError("x"), "--verbose").output
    assert "Traceback" not in _invoke(ValueError("x")).output


def test_state_that_cannot_be_written_is_no_second_error(state: Path) -> None:
    state.touch()
    result = _invoke(ValueError("x"))
    assert result.exit_code == 1
    assert "The traceback could not be kept" in result.output


MACHINE = {
    "No space left on device: 'state.npz'": OSError(
        errno.ENOSPC, "No space left on device", "state.npz"
    ),
    "database or disk is full\nFree some space": RuntimeError(
        "database or disk is full query: COMMIT;"
    ),
    "mlmd.sqlite is damaged: database disk image is malformed.\nMove": RuntimeError(
        "Error when executing query: database disk image is malformed query: SELECT 1"
    ),
    "mlmd.sqlite cannot be written.\nMake it writable": RuntimeError(
        "attempt to write a readonly database query: INSERT"
    ),
    "'reports'\nMake it readable and writable": PermissionError(
        errno.EACCES, "Permission denied", "reports"
    ),
}


@pytest.mark.parametrize("expected", MACHINE)
def test_failure_of_the_machine_has_its_remedy(state: Path, expected: str) -> None:
    result = _invoke(MACHINE[expected])
    assert result.exit_code == 1
    assert expected in result.output
    assert not state.exists()


def test_error_for_the_user_keeps_its_exit_code() -> None:
    result = _invoke(DataRefused("twice in the data"))
    assert (result.exit_code, result.output) == (4, "prodl: twice in the data\n")


@pytest.mark.parametrize("error", [click.UsageError("x"), click.Abort()])
def test_errors_of_click_are_its_own(error: Exception) -> None:
    assert "Error: x" in _invoke(error).output or "Aborted!" in _invoke(error).output


def test_closed_pipe_ends_quietly() -> None:
    result = _invoke(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert (result.exit_code, result.output) == (1, "")


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full, a disk that is full")
def test_log_on_a_full_disk_stops_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet(FULL):
        logging.getLogger().error("lost")
        os.write(1, b"the run goes on\n")
    os.write(2, b"seen\n")
    assert capfd.readouterr() == ("the run goes on\n", "seen\n")


def test_log_that_cannot_be_made_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").touch()
    with quiet(tmp_path / "logs" / "x.log"):
        os.write(2, b"lost\n")
    out, err = capfd.readouterr()
    assert out.startswith(f"there will be no log {tmp_path}/logs/x.log: ")
    assert err == ""
