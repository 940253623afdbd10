# SPDX-License-Identifier: Apache-2.0
"""The verdict on a model, on disk."""

import json
from pathlib import Path

from components.contracts.verdicts import (
    VERDICT_FILE,
    GateCheck,
    ModelVerdict,
    read_model_verdict,
    write_model_verdict,
)

PASSED = GateCheck("test_accuracy.min", "test_accuracy", "at least 0.9", "0.95", True)
FAILED = GateCheck("test_loss.max", "test_loss", "at most 1", "2", False, 2.0, 0.5, "x")


def test_verdict_comes_back_as_it_was_written(tmp_path: Path) -> None:
    verdict = ModelVerdict((PASSED, FAILED), "a" * 64)
    write_model_verdict(verdict, tmp_path / "evaluation")
    assert read_model_verdict(tmp_path / "evaluation") == verdict


def test_one_failed_check_refuses_the_model(tmp_path: Path) -> None:
    verdict = ModelVerdict((PASSED, FAILED))
    write_model_verdict(verdict, tmp_path)
    assert verdict.failed == (FAILED,)
    assert not json.loads((tmp_path / VERDICT_FILE).read_text())["passed"]
    assert ModelVerdict((PASSED,)).passed


def test_model_that_nothing_was_asked_of_does_not_pass() -> None:
    assert not ModelVerdict(()).passed
