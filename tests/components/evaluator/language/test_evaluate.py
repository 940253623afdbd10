# SPDX-License-Identifier: Apache-2.0
"""Language models are measured through their signatures, against counting."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.core.errors import ProdlError
from components.evaluator.evaluation import read_examples
from components.evaluator.examples import ExampleSplit
from components.evaluator.language.evaluate import evaluate_model
from components.evaluator.language.metric_names import METRIC_NAMES
from components.evaluator.language.ngram_baselines import best_weight
from components.evaluator.language.token_predictions import predict_split, tokenize
from components.evaluator.metrics import UNIT, Metrics
from components.pusher.serving_check import check_serving
from components.serving.saved_model import SavedModel
from components.serving.text_generation import Sampling, complete, complete_by_beam
from components.trainer.language.model import LanguageModel
from tests.support.gates import failed_checks
from tests.support.models.language import (
    DATASET,
    Book,
    build_bigram,
    make_book,
    train_and_export,
)
from tests.support.pages import render_metrics

pytestmark = pytest.mark.slow

SIZES = {"train": 500, "validation": 50, "test": 50}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return make_book(tmp_path_factory.mktemp("book"), SIZES)


@pytest.fixture(scope="module")
def model(book: Book, tmp_path_factory: pytest.TempPathFactory) -> SavedModel:
    return SavedModel(train_and_export(book, tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def split(book: Book) -> ExampleSplit:
    return read_examples(book.examples, "test", json.dumps(DATASET), 1000)


@pytest.fixture(scope="module")
def metrics(model: SavedModel, split: ExampleSplit) -> Metrics:
    return evaluate_model(model, split)


def test_every_figure_may_be_named_by_a_gate_and_has_a_unit(metrics: Metrics) -> None:
    assert set(metrics.values) == set(METRIC_NAMES)
    assert all(metrics.protocol[UNIT + name] for name in metrics.values)


def test_sound_model_passes_the_rules_that_refuse_others(metrics: Metrics) -> None:
    failed = failed_checks("alice-lstm", metrics)
    assert "test_perplexity_ratio_to_trigram.max" not in failed
    assert "test_perplexity_ratio_to_train.max" not in failed
    assert "test_longest_copied_run.max" not in failed


def test_network_knows_the_verb_and_the_trigram_does_not(metrics: Metrics) -> None:
    values = metrics.values
    # Two bits for the noun and four fillers of six each: seven words with the stop.
    chance = (4 * 6**4) ** (1 / 7)
    assert values["baseline_perplexity_trigram"] > chance * 4 ** (1 / 7) * 0.95
    assert values["test_perplexity_per_token"] < chance * 4 ** (1 / 7) * 0.9
    assert values["test_perplexity_ratio_to_trigram"] < 0.9


def test_mixture_is_hardly_worse_than_its_better_part(metrics: Metrics) -> None:
    values = metrics.values
    parts = ("test_perplexity_per_token", "baseline_perplexity_trigram")
    assert values["test_mixture_perplexity_per_token"] < 1.01 * min(
        values[part] for part in parts
    )


def test_figures_agree_with_the_probabilities_served(
    model: SavedModel, split: ExampleSplit, metrics: Metrics
) -> None:
    (predictions,) = predict_split(model, split)
    token_ids = predictions.token_ids
    rows = predictions.known_probabilities[np.arange(len(token_ids)), token_ids - 1]

    expected = math.exp(-np.log(rows).mean())
    assert metrics.values["test_perplexity_known_per_token"] == pytest.approx(expected)
    assert metrics.values["test_unknown_rate"] == 0.0


def test_paragraphs_are_read_as_one_text_in_reading_order(
    model: SavedModel, split: ExampleSplit
) -> None:
    (predictions,) = predict_split(model, split)

    assert len(predictions.token_ids) == 8 * SIZES["test"]
    assert predictions.tokens[7] == "."
    # Later words of a text are predicted better than they are alone.
    assert predictions.probabilities.shape[0] == len(predictions.tokens)


def test_page_shows_models_parts_samples_and_the_book(
    metrics: Metrics, tmp_path: Path
) -> None:
    page = render_metrics(metrics, tmp_path)
    for anchor in ("counting", "parts", "memory", "samples", "book"):
        assert f'id="evaluation-{anchor}"' in page
    for name in ("uniform", "fourgram", "mixture", "beam search, 8"):
        assert name in page
    assert "no completion of its seed" in page
    assert page.count("<svg") >= 3


def test_page_of_other_texts_tells_of_no_book(metrics: Metrics, tmp_path: Path) -> None:
    facts = {**metrics.facts, "prompt": "der Mann", "printed_continuation": ""}
    page = render_metrics(replace(metrics, facts=facts), tmp_path).lower()
    assert "completions of &#39;der mann&#39;" in page
    for word in ("alice", "book", "chapter", "author"):
        assert word not in page


@pytest.mark.usefixtures("preloaded_scripts")
def test_fresh_process_repeats_every_signature(
    model: SavedModel, metrics: Metrics, tmp_path: Path
) -> None:
    recorded = tmp_path / "signature_examples.json"
    recorded.write_bytes(metrics.files["signature_examples.json"])

    asked = {example["signature"] for example in json.loads(recorded.read_text())}
    assert asked == set(model.signatures)
    check_serving(model.path, recorded)


class _Peeping(LanguageModel):
    """Reads each word before it predicts it."""

    def score(self, words: Any) -> Any:
        import tensorflow as tf

        size = self.network.outputs[0].shape[-1]
        return tf.nn.log_softmax(9.0 * tf.one_hot(words, size))


def test_model_that_looks_ahead_has_no_other_figure(
    book: Book, split: ExampleSplit, tmp_path: Path
) -> None:
    from components.trainer.language.export import export_language_model
    from components.trainer.language.input_pipeline import read_vocabulary

    vocabulary = read_vocabulary(str(book.graph))
    network = build_bigram(len(vocabulary) + 1)
    export_language_model(
        _Peeping(network, None), vocabulary, str(book.graph), tmp_path / "model"
    )

    metrics = evaluate_model(SavedModel(tmp_path / "model"), split)

    assert metrics.values == {"test_lookahead": 1.0}
    assert "nothing was measured" in render_metrics(metrics, tmp_path)


class _Careless(LanguageModel):
    """Forgets to make its numbers probabilities."""

    def score(self, words: Any) -> Any:
        return super().score(words) + 1.0


def test_numbers_that_are_no_probabilities_are_refused(
    book: Book, split: ExampleSplit, tmp_path: Path
) -> None:
    from components.trainer.language.export import export_language_model
    from components.trainer.language.input_pipeline import read_vocabulary

    vocabulary = read_vocabulary(str(book.graph))
    network = build_bigram(len(vocabulary) + 1)
    export_language_model(
        _Careless(network, None), vocabulary, str(book.graph), tmp_path / "model"
    )

    with pytest.raises(ProdlError, match="do not add up to one"):
        evaluate_model(SavedModel(tmp_path / "model"), split)


def test_best_weight_is_that_of_the_better_model() -> None:
    good, bad = np.array([0.9, 0.8]), np.array([0.1, 0.0])

    assert best_weight([(good, bad)]) == 1.0
    assert best_weight([(bad, good)]) == 0.0
    assert 0 < best_weight([(np.array([0.9, 0.1]), np.array([0.1, 0.9]))]) < 1


# What the exported model does with what callers send it.


def _complete(model: SavedModel, sentence: str, num_words: int = 4) -> Any:
    return complete(model, sentence, num_words, Sampling())


def test_verb_of_a_sentence_is_the_one_of_its_noun(model: SavedModel) -> None:
    for noun, verb in (("fox", "jumps"), ("owl", "hoots")):
        answer = _complete(model, f"The {noun} red or old then", 2)
        assert answer.words == (verb, ".")
        assert answer.sentence == f"The {noun} red or old then {verb} ."
        assert all(0 < chance <= 1 for chance in answer.probabilities)


def test_unknown_words_are_read_and_kept_but_not_written(model: SavedModel) -> None:
    answer = _complete(model, "Zebras xyzzy the fox")

    assert answer.sentence.startswith("Zebras xyzzy the fox ")
    assert len(answer.words) == 4


@pytest.mark.parametrize("sentence", ["", "   ", "\n"])
def test_empty_text_is_begun_anew(model: SavedModel, sentence: str) -> None:
    answer = _complete(model, sentence)

    assert len(answer.words) == 4
    assert answer.sentence == answer.text


@pytest.mark.parametrize(
    "sentence", ["\u0430\u043b\u0438\u0441\u0430", "\u611b\u9e97\u7d72", "\U0001f407!"]
)
def test_other_scripts_are_unknown_words(model: SavedModel, sentence: str) -> None:
    answer = _complete(model, sentence)

    assert answer.sentence.startswith(sentence)
    assert len(answer.words) == 4


def test_bytes_that_are_no_text_do_not_stop_the_model(model: SavedModel) -> None:
    assert len(_complete(model, "the \udcff\udcfe fox").words) == 4


def test_very_long_text_is_read_from_its_end(model: SavedModel) -> None:
    end = "the owl red or old then"
    answer = _complete(model, f"{'the cat old . ' * 5000}{end}", 1)

    assert answer.words == ("hoots",)


def test_more_words_than_a_thousand_are_not_written(model: SavedModel) -> None:
    assert len(_complete(model, "the", 2000).words) == 1000


def test_beam_search_is_at_least_as_probable_as_greedy(model: SavedModel) -> None:
    beam = complete_by_beam(model, "the fox", 5, 8)
    greedy = _complete(model, "the fox", 5)

    assert math.prod(beam.probabilities) >= math.prod(greedy.probabilities) * 0.999


def test_tokens_are_those_of_the_training_text(model: SavedModel) -> None:
    assert tokenize(model, [b"The FOX's--end."]) == [["the", "fox's", "--", "end", "."]]
