# SPDX-License-Identifier: Apache-2.0
"""Decoding: greedy, sampling, top-k and nucleus, beam search."""

from itertools import product
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.trainer.language.decoding.beam_search import beam_search
from components.trainer.language.decoding.sampling import filter_top_k_top_p, sample
from components.trainer.language.model import MAX_PROMPT_TOKENS, LanguageModel
from components.trainer.language.networks import build_ensemble, build_model
from components.trainer.language.params import NetworkParams

NUM_WORDS = 6
STEPS = 3


def _network(seed: int = 1, context: int | None = None, cell: Any = "lstm") -> Any:
    keras.utils.set_random_seed(seed)
    network = build_model(NetworkParams(units=8, cell=cell), NUM_WORDS, context)
    # Far from uniform, so that words differ.
    network.set_weights([2 * weight for weight in network.get_weights()])
    for weight in network.trainable_variables:
        weight.assign_add(keras.random.normal(weight.shape, seed=seed))
    return network


class Machine:
    """A language model whose functions are compiled, as they are in a saved model."""

    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        words, number, real = _spec([None]), _spec([]), _spec([], tf.float32)
        self.score = tf.function(model.score, [_spec([None, None])])
        self.sample = tf.function(
            lambda *inputs: sample(model, *inputs),
            [words, number, real, number, real, number],
        )
        self.search = tf.function(
            lambda *inputs: beam_search(model, *inputs), [words, number, number]
        )


def _spec(shape: list[int | None], dtype: Any = tf.int32) -> tf.TensorSpec:
    return tf.TensorSpec(shape, dtype)


@pytest.fixture(
    scope="module",
    params=[
        "window of two",
        pytest.param("gru", marks=pytest.mark.slow),
        pytest.param("ensemble", marks=pytest.mark.slow),
    ],
)
def machine(request: pytest.FixtureRequest) -> Machine:
    """All words before count, or the last two, or two LSTM networks together."""
    if request.param == "window of two":
        return Machine(LanguageModel(_network(context=2), 2))
    if request.param == "ensemble":
        return Machine(LanguageModel(build_ensemble([_network(1), _network(2)]), None))
    return Machine(LanguageModel(_network(cell=request.param), None))


def _sample(
    machine: Machine,
    words: list[int],
    num_words: int = STEPS,
    temperature: float = 1.0,
    seed: int = 1,
) -> tuple[list[int], list[float]]:
    text = tf.constant(words, tf.int32)
    written, probabilities = machine.sample(text, num_words, temperature, 0, 1.0, seed)
    return written.numpy().tolist(), probabilities.numpy().tolist()


def _chances(machine: Machine, words: list[int]) -> np.ndarray:
    """Probabilities of the next word, by reading the whole text at once."""
    text = tf.constant([[*words, 1]], tf.int32)
    known = np.exp(machine.score(text).numpy()[0, -1, 1:])
    return known / known.sum()


def test_reading_step_by_step_agrees_with_reading_at_once(machine: Machine) -> None:
    words = [3, 1, 4]
    rows, cache = machine.model.prefill(tf.constant(words[:1], tf.int32))
    for end in range(1, len(words) + 1):
        np.testing.assert_allclose(
            np.exp(rows[0]), _chances(machine, words[:end]), rtol=1e-4
        )
        if end < len(words):
            rows, cache = machine.model.step(tf.constant([words[end]]), cache)


def test_prediction_depends_on_nothing_that_comes_later(machine: Machine) -> None:
    one = machine.score(tf.constant([[1, 2, 3, 4]])).numpy()
    other = machine.score(tf.constant([[1, 2, 5, 1]])).numpy()

    np.testing.assert_allclose(one[:, :3], other[:, :3], atol=1e-6)
    assert not np.allclose(one[:, 3], other[:, 3])


def test_probabilities_of_all_words_add_up_to_one(machine: Machine) -> None:
    rows = machine.score(tf.constant([[1, 2, 3], [4, 0, 0]])).numpy()

    assert rows.shape == (2, 3, NUM_WORDS)
    np.testing.assert_allclose(np.exp(rows).sum(axis=-1), 1.0, rtol=1e-5)


def test_temperature_zero_takes_the_most_probable_word(machine: Machine) -> None:
    words = [2]
    written, probabilities = _sample(machine, words, temperature=0.0)

    for word, chance in zip(written, probabilities, strict=True):
        chances = _chances(machine, words)
        assert word == chances.argmax() + 1
        assert chance == pytest.approx(chances.max(), rel=1e-4)
        words = [*words, word]


def test_same_seed_writes_the_same_and_another_one_does_not(machine: Machine) -> None:
    texts = [_sample(machine, [1], seed=seed, num_words=20)[0] for seed in (5, 5, 6)]

    assert texts[0] == texts[1] != texts[2]


def test_words_are_drawn_by_their_probability(machine: Machine) -> None:
    drawn = [_sample(machine, [1], seed=seed, num_words=1)[0][0] for seed in range(400)]

    shares = np.bincount(drawn, minlength=NUM_WORDS)[1:] / len(drawn)
    np.testing.assert_allclose(shares, _chances(machine, [1]), atol=0.1)


def test_unknown_word_is_never_written(machine: Machine) -> None:
    written, _ = _sample(machine, [0], num_words=200, temperature=5.0)

    assert min(written) >= 1
    assert max(written) < NUM_WORDS


@pytest.mark.parametrize("number", [0, -3])
def test_no_words_are_written_where_none_are_wanted(
    machine: Machine, number: int
) -> None:
    assert _sample(machine, [1], num_words=number) == ([], [])


def test_empty_text_is_begun(machine: Machine) -> None:
    written, _ = _sample(machine, [], temperature=0.0, num_words=1)

    assert written == [_chances(machine, []).argmax() + 1]


def test_of_a_long_text_the_end_is_read(machine: Machine) -> None:
    end = np.random.default_rng(0).integers(1, NUM_WORDS, MAX_PROMPT_TOKENS).tolist()

    assert _sample(machine, [3] * 500 + end) == _sample(machine, end)


def test_beam_search_finds_the_most_probable_text(machine: Machine) -> None:
    def probability(text: tuple[int, ...]) -> float:
        before = [[1, *text[:place]] for place in range(len(text))]
        pairs = zip(before, text, strict=True)
        return float(np.prod([_chances(machine, b)[word - 1] for b, word in pairs]))

    best = max(product(range(1, NUM_WORDS), repeat=2), key=probability)
    written, probabilities = machine.search(tf.constant([1]), 2, 32)

    assert tuple(written.numpy()) == best
    assert np.prod(probabilities) == pytest.approx(probability(best), rel=1e-3)


def test_one_beam_is_greedy(machine: Machine) -> None:
    written, probabilities = machine.search(tf.constant([1]), 8, 1)
    greedy = _sample(machine, [1], temperature=0.0, num_words=8)

    assert written.numpy().tolist() == greedy[0]
    np.testing.assert_allclose(probabilities, greedy[1], rtol=1e-4)


SHARES = np.array([[0.1, 0.4, 0.2, 0.3]], np.float32)


def _kept(temperature: float, top_k: int, top_p: float) -> list[int]:
    rows = filter_top_k_top_p(tf.math.log(SHARES), temperature, top_k, top_p).numpy()
    return np.flatnonzero(np.isfinite(rows[0])).tolist()


@pytest.mark.parametrize(
    ("top_k", "top_p", "kept"),
    [
        (0, 1.0, [0, 1, 2, 3]),
        (2, 1.0, [1, 3]),
        (9, 1.0, [0, 1, 2, 3]),
        (0, 0.35, [1]),
        (0, 0.41, [1, 3]),
        (0, 0.0, [1]),
        (3, 0.5, [1, 3]),
        (1, 0.9, [1]),
    ],
)
def test_limits_keep_the_most_probable_words(
    top_k: int, top_p: float, kept: list[int]
) -> None:
    assert _kept(1.0, top_k, top_p) == kept


def test_nucleus_is_that_of_the_temperature() -> None:
    assert len(_kept(10.0, 0, 0.7)) == 3
    assert len(_kept(0.1, 0, 0.7)) == 1


def test_one_of_several_equal_words_stays() -> None:
    rows = filter_top_k_top_p(tf.zeros([1, 5]), 1.0, 1, 1.0).numpy()

    assert np.isfinite(rows).sum() == 1
