# SPDX-License-Identifier: Apache-2.0
"""A clock that was set back: waited for if it is a little, said if it is far."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.core.errors import DataRefused
from pipelines.lineage.store import LineageStore
from pipelines.local import runner
from pipelines.local.runner import _catch_up, local_target
from pipelines.run_record import StepRecord
from tests.support.passed_run import make_passed_state


@pytest.mark.parametrize(
    ("ahead", "uses_cache"),
    [(-60.0, True), (8.0, True), (60.0, False)],
)
def test_cache_is_used_unless_the_clock_is_far_behind_the_newest_artifact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: float, uses_cache: bool
) -> None:
    state = make_passed_state(tmp_path / "state", "mnist-cnn").state
    newest = datetime.now(UTC) + timedelta(seconds=ahead)
    monkeypatch.setattr(LineageStore, "newest_artifact_time", lambda _: newest)
    said: list[str] = []
    naps: list[float] = []
    monkeypatch.setattr(time, "sleep", naps.append)
    target = local_target(state, "mnist", "mnist-cnn")
    assert _catch_up(target, said.append) == uses_cache
    assert bool(said) != uses_cache
    # A moment has passed since `newest` was set.
    waits = [pytest.approx(max(0.0, ahead), abs=5)] if uses_cache else []
    assert naps == waits


@pytest.mark.parametrize(
    ("error", "status"),
    [(DataRefused("bad\ndata"), "refused"), (ValueError("bad\ndata"), "failed")],
)
def test_step_that_ends_with_an_error_is_measured_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, status: str
) -> None:
    def refuse(*_: object) -> None:
        sum(range(100_000))
        raise error

    monkeypatch.setattr(runner, "_launcher", refuse)
    step = StepRecord("ItemGate")
    node: Any = None
    target = local_target(tmp_path, "mnist", "mnist-cnn")
    assert runner._run_node(node, node, step, target) is error
    assert (step.status, step.reason) == (status, "bad")
    assert step.cpu_seconds > 0
    assert 0 < step.seconds < 60
    # A process with TFX.
    assert 50 < step.peak_memory_mb < 100_000


def test_first_run_has_no_artifact_to_wait_for(tmp_path: Path) -> None:
    assert _catch_up(local_target(tmp_path, "mnist", "mnist-cnn"), print)
