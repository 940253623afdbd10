# SPDX-License-Identifier: Apache-2.0
"""Bad generators are refused by the gate of `mnist-gan`, each by its own metric."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from components.evaluator.evaluation import Evaluation
from components.evaluator.examples import ExampleSplit
from components.evaluator.generation.evaluate import evaluate_model
from tests.support.datasets.mnist import draw_digits
from tests.support.gates import judge
from tests.support.models.generators import (
    read_digits,
    train_digits,
    write_bank_generator,
    write_untrained_generator,
)

pytestmark = pytest.mark.slow

Write = Callable[[Path], Path]


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> ExampleSplit:
    """The test split of drawn digits, with the classifier that reads it."""
    return read_digits(tmp_path_factory.mktemp("generation"))


LABELS = np.arange(2000) % 10


def _honest(folder: Path) -> Path:
    return write_bank_generator(folder, draw_digits(LABELS, seed=14), LABELS)


def _other_class_than_asked(folder: Path) -> Path:
    return write_bank_generator(folder, draw_digits(LABELS, seed=14), (LABELS + 1) % 10)


def _between_two_digits(folder: Path) -> Path:
    pair = [draw_digits((LABELS + i) % 10, seed=14 + i) for i in range(2)]
    blend = np.mean(pair, axis=0).astype(np.uint8)
    return write_bank_generator(folder, blend, LABELS)


def _one_digit_missing(folder: Path) -> Path:
    return write_bank_generator(folder, draw_digits(np.arange(1800) % 9, seed=14))


def _one_digit_only(folder: Path) -> Path:
    return write_bank_generator(folder, draw_digits(np.full(500, 3), seed=15))


def _copies(folder: Path) -> Path:
    return write_bank_generator(folder, *train_digits())


def test_generator_of_fresh_sound_digits_passes(
    split: ExampleSplit, tmp_path: Path
) -> None:
    assert _judge(_honest(tmp_path / "model"), split).failed == ()


@pytest.mark.parametrize(
    ("write", "check"),
    [
        (write_untrained_generator, "test_frechet_share.max"),
        (_one_digit_only, "test_largest_class_share.max"),
        (_one_digit_missing, "test_smallest_class_share.min"),
        (_between_two_digits, "test_confident_share.min"),
        (_other_class_than_asked, "test_class_agreement.min"),
        (_copies, "test_memorised_share.max"),
    ],
)
def test_fault_is_refused_by_its_own_metric(
    split: ExampleSplit, tmp_path: Path, write: Write, check: str
) -> None:
    failed = _judge(write(tmp_path / "model"), split).failed
    assert check in {failure.name for failure in failed}


def test_copies_are_refused_by_nothing_but_their_memory(
    split: ExampleSplit, tmp_path: Path
) -> None:
    (failure,) = _judge(_copies(tmp_path / "model"), split).failed
    assert failure.name == "test_memorised_share.max"


def _judge(model: Path, split: ExampleSplit) -> Evaluation:
    return judge("mnist-gan", model, split, evaluate_model)
