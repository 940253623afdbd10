# SPDX-License-Identifier: Apache-2.0
"""A training that is killed goes on as if nothing had happened."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.trainer.classifier.train import Trained
from tests.support.training.interruptions import kill
from tests.support.training.tiny import train_tiny

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def whole(folder: Path) -> Trained:
    return train_tiny(folder)


def test_killed_training_ends_with_the_same_numbers(
    whole: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kill("tests.support.training.tiny", 2 * 4 + 2, [tmp_path])

    resumed = train_tiny(tmp_path)

    assert "resuming after epoch 2/4" in capsys.readouterr().out
    _assert_same(resumed, whole)


def test_finished_training_is_not_trained_again(folder: Path, whole: Trained) -> None:
    again = train_tiny(folder)

    assert again.history == whole.history
    _assert_same(again, whole)


def _assert_same(left: Trained, right: Trained) -> None:
    assert left.outcome.validation == _nearly(right.outcome.validation)
    assert left.temperature == _nearly(right.temperature)
    for one, other in zip(left.history, right.history, strict=True):
        assert _without_time(one) == _nearly(_without_time(other))
    pairs = zip(left.model.get_weights(), right.model.get_weights(), strict=True)
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def _nearly(expected: Any) -> Any:
    # Two processes may share out a sum among their threads in another order.
    return pytest.approx(expected, rel=1e-5)


def _without_time(row: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in row.items() if name != "seconds"}
