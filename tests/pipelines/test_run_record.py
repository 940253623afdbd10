# SPDX-License-Identifier: Apache-2.0
"""The record of a run comes back as it was, whatever stopped the run."""

from pathlib import Path

from pipelines.run_record import RunRecord, StepRecord, load_record, save_record


class _NotCopyable(Exception):
    """Like TFX's own execution error: it takes more than its message."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def test_error_that_cannot_be_copied_does_not_lose_the_record(tmp_path: Path) -> None:
    steps = [StepRecord("Trainer", status="failed", reason="out of memory")]
    record = RunRecord("mnist-cnn.1", steps=steps, error=_NotCopyable("boom", 3))
    save_record(record, tmp_path, "mnist-cnn")
    loaded = load_record(tmp_path, "mnist-cnn")
    assert loaded is not None
    assert loaded.steps == steps
    assert str(loaded.error) == "boom"
    # Only a whole run is kept as the last whole one.
    assert load_record(tmp_path, "mnist-cnn.complete") is None
