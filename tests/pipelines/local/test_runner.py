# SPDX-License-Identifier: Apache-2.0
"""A clock that was set back: waited for if it is a little, said if it is far."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.lineage.store import LineageStore
from pipelines.local.runner import _catch_up, local_target
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


def test_first_run_has_no_artifact_to_wait_for(tmp_path: Path) -> None:
    assert _catch_up(local_target(tmp_path, "mnist", "mnist-cnn"), print)
