# SPDX-License-Identifier: Apache-2.0
"""Memorisation of a passage is measured on its windows and on its continuation."""

import json
from pathlib import Path

import keras
import pytest

from components.core.errors import ProdlError
from components.evaluator.evaluation import read_examples
from components.evaluator.examples import ExampleSplit
from components.evaluator.metrics import UNIT, Metrics
from components.evaluator.passage.evaluate import (
    PassageRecall,
    accuracy_ceiling,
    evaluate_model,
    measure_recall,
)
from components.evaluator.passage.metric_names import METRIC_NAMES
from components.serving.saved_model import SavedModel
from components.serving.text_generation import Completion, Sampling, complete
from components.trainer.language.networks import build_model
from tests.support.models.language import (
    DATASET,
    PARAMS,
    Book,
    export,
    make_book,
    make_sentences,
)
from tests.support.pages import render_metrics

pytestmark = pytest.mark.slow

CONTEXT, NUM_TOKENS = 3, 32
SIZES = {"train": 20, "validation": 5, "test": 5}
TOKENS = " ".join(make_sentences(20, seed=1)).lower().replace(".", " .").split()
PASSAGE = TOKENS[8 : 8 + NUM_TOKENS]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return make_book(tmp_path_factory.mktemp("book"), SIZES)


@pytest.fixture(scope="module")
def model(book: Book, tmp_path_factory: pytest.TempPathFactory) -> SavedModel:
    """An untrained network whose provenance names a passage of the training text."""
    keras.utils.set_random_seed(0)
    network = build_model(PARAMS, len(book.data().vocabulary) + 1, CONTEXT)
    folder = tmp_path_factory.mktemp("model") / "1"
    path = export(network, CONTEXT, book, folder, PARAMS) / "provenance.json"
    record = json.loads(path.read_text())
    record["params"] = {
        "first_words": " ".join(PASSAGE[:8]),
        "passage_words": NUM_TOKENS,
        "context": CONTEXT,
    }
    path.write_text(json.dumps(record))
    return SavedModel(folder)


def _split(book: Book, prompt: str) -> ExampleSplit:
    facts = {**DATASET, "evaluation": {**DATASET["evaluation"], "prompt": prompt}}
    return read_examples(book.examples, "test", json.dumps(facts), 1000)


@pytest.fixture(scope="module")
def metrics(model: SavedModel, book: Book) -> Metrics:
    return evaluate_model(model, _split(book, " ".join(PASSAGE[2:5])))


def test_every_metric_may_be_named_by_a_gate_and_has_a_unit(metrics: Metrics) -> None:
    assert set(metrics.values) == set(METRIC_NAMES)
    assert all(metrics.protocol[UNIT + name] for name in metrics.values)


def test_continuation_follows_the_prompt_in_the_passage(
    model: SavedModel, book: Book
) -> None:
    recall = measure_recall(model, _split(book, " ".join(PASSAGE[2:5])))

    assert recall.tokens == PASSAGE
    assert recall.continuation == PASSAGE[5:33]
    assert len(recall.scores) == NUM_TOKENS - CONTEXT


def test_without_a_prompt_the_passage_is_continued_from_its_first_window(
    model: SavedModel, book: Book
) -> None:
    assert measure_recall(model, _split(book, "")).prompt == " ".join(PASSAGE[:3])


def test_prompt_outside_of_the_passage_is_refused(
    model: SavedModel, book: Book
) -> None:
    with pytest.raises(ProdlError, match="holds the prompt 'zebras'"):
        measure_recall(model, _split(book, "zebras"))


def test_page_shows_passage_completion_and_the_book(
    metrics: Metrics, tmp_path: Path
) -> None:
    page = render_metrics(metrics, tmp_path)

    for part in (
        "Memorised passage",
        "the passage",
        "this model",
        "printed in the book",
    ):
        assert part in page


def test_ceiling_counts_windows_with_several_next_words() -> None:
    tokens = "a b c a b c a b d".split()

    # After `a b` comes c twice and d once; after `b c` and `c a` one word each.
    assert accuracy_ceiling(tokens, 2) == 6 / 7


def test_words_right_end_at_the_first_difference(model: SavedModel, book: Book) -> None:
    recall = measure_recall(model, _split(book, " ".join(PASSAGE[2:5])))
    written = list(recall.completion.words)

    def words_right(continuation: list[str]) -> int:
        fields = {**vars(recall), "continuation": continuation}
        return PassageRecall(**fields).words_right

    assert words_right(written) == len(written)
    assert words_right([*written[:2], "zebra", *written[3:]]) == 2


def test_context_is_the_last_words_of_the_text(model: SavedModel) -> None:
    def write(text: str, num_words: int) -> Completion:
        return complete(model, text, num_words, Sampling())

    one, other = write("cat old the fox red", 5), write("the fox red", 5)
    assert one.probabilities == pytest.approx(other.probabilities)
    assert len(write("the", 4).words) == 4
