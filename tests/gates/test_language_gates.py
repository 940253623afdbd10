# SPDX-License-Identifier: Apache-2.0
"""Bad language models are refused by the rule of `alice-lstm` meant for them.

That a sound one passes is tested with the evaluation of it, in evaluator/language.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.evaluator.evaluation import read_examples
from components.evaluator.language.evaluate import evaluate_model
from components.evaluator.metrics import Metrics
from components.serving.saved_model import SavedModel
from tests.support.gates import failed_checks
from tests.support.models.language import (
    DATASET,
    Book,
    make_book,
    make_sentences,
    train_and_export,
    write_paragraphs,
)

pytestmark = pytest.mark.slow

RECIPE = "alice-lstm"
# Learns a few sentences by heart: nothing is hidden from it, and it has long enough.
BY_HEART = {
    "units": 128,
    "dropout": 0.0,
    "unknown_token_dropout": 0.0,
    "epochs": 50,
    "batch_size": 2,
}
SIZES = {"train": 300, "validation": 60, "test": 60}
FEW = {"train": 20, "validation": 10, "test": 40}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return make_book(tmp_path_factory.mktemp("book"), SIZES)


def _measure(book: Book, folder: Path, **changes: Any) -> Metrics:
    model = SavedModel(train_and_export(book, folder, **changes))
    split = read_examples(book.examples, "test", json.dumps(DATASET), 1000)
    return evaluate_model(model, split)


def test_model_no_better_than_the_trigram_is_refused(
    book: Book, tmp_path: Path
) -> None:
    metrics = _measure(book, tmp_path, epochs=1, units=4)

    assert "test_perplexity_ratio_to_trigram.max" in failed_checks(RECIPE, metrics)
    assert "test_perplexity_ratio_to_train.max" not in failed_checks(RECIPE, metrics)


def test_model_that_memorises_is_refused_however_good_its_training_accuracy(
    book: Book, tmp_path: Path
) -> None:
    few = _excerpt(book, tmp_path / "few")

    metrics = _measure(few, tmp_path / "run", validate_on_train=True, **BY_HEART)

    assert metrics.values["train_top1_accuracy"] > 0.9
    assert "test_perplexity_ratio_to_train.max" in failed_checks(RECIPE, metrics)


def _excerpt(book: Book, folder: Path) -> Book:
    """A few sentences in the words of a book, whose transform graph they share."""
    for chapter, (split, number) in enumerate(FEW.items(), start=1):
        sentences = make_sentences(number, seed=chapter)
        write_paragraphs(folder, split, chapter, sentences)
    return replace(book, examples=folder)
