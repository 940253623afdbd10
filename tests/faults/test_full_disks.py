# SPDX-License-Identifier: Apache-2.0
"""A full disk is a sentence and an exit code; with room again all goes on."""

import errno
import os
import sys
from pathlib import Path
from typing import cast

import pytest

from components.core.errors import ProdlError, UnusableState
from pipelines.context import RunContext
from pipelines.fingerprint import PROJECT_ROOT
from pipelines.local.run import LocalRun, _raise_error
from pipelines.run_record import RunRecord
from tests.support.datasets.mnist import FILES
from tests.support.small_disks import REASON, can_mount, run_on_small_disk

GOES_ON = "The same command goes on from here: finished nodes come from the cache."


@pytest.mark.skipif(not can_mount(), reason=REASON)
def test_fetch_leaves_nothing_half_written_and_works_with_more_room(
    checkout: Path,
) -> None:
    raw, provided = checkout / "data" / "raw", checkout / "provided"
    (raw / "mnist" / "official").rename(provided)
    fetch = f"{sys.executable} -m pipelines fetch mnist --from '{provided}'"
    script = (
        f"{fetch}; echo exit code $?; ls '{raw}/mnist/official' 2>/dev/null; echo ---;"
        f"mount -o remount,size=4m '{raw}' && {fetch}; echo exit code $?;"
        f"ls '{raw}/mnist/official'"
    )
    environment = os.environ | {"PRODL_ROOT": str(checkout)}
    ran = run_on_small_disk(raw, "48k", script, PROJECT_ROOT, environment)
    full, _, enlarged = ran.stdout.partition("---\n")
    assert full.endswith("exit code 1\n")
    assert "prodl: the disk is full: " in ran.stderr
    assert "Traceback" not in ran.stderr
    assert enlarged.splitlines()[-5:] == ["exit code 0", *sorted(FILES)]


def _end_with(error: BaseException, tmp_path: Path) -> BaseException:
    """End a run whose step raised an error; return what the command line gets."""
    log = tmp_path / "logs" / "x.log"
    log.parent.mkdir()
    log.touch()
    run = LocalRun(cast(RunContext, None), tmp_path, log, verbose=False)
    with pytest.raises((ProdlError, KeyboardInterrupt)) as raised:
        _raise_error(RunRecord("x.1", error=error), run)
    return raised.value


def test_run_on_a_full_disk_names_log_and_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = _end_with(OSError(errno.ENOSPC, "No space left on device"), tmp_path)
    assert isinstance(error, ProdlError)
    assert "the disk is full" in str(error)
    assert capsys.readouterr().out.splitlines() == [
        f"log: {tmp_path}/logs/x.log",
        GOES_ON,
    ]


def test_no_run_says_that_it_goes_on_where_none_can(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = _end_with(RuntimeError("database disk image is malformed"), tmp_path)
    assert isinstance(error, UnusableState)
    assert f"mv {tmp_path} {tmp_path}.old" in str(error)
    assert GOES_ON not in capsys.readouterr().out


def test_interrupted_run_stays_an_interruption(tmp_path: Path) -> None:
    assert isinstance(_end_with(KeyboardInterrupt(), tmp_path), KeyboardInterrupt)
