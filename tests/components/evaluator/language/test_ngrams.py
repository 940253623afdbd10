# SPDX-License-Identifier: Apache-2.0
"""N-gram models against figures worked out by hand."""

import numpy as np
import pytest

from components.evaluator.language.ngrams import fit_ngrams, uniform

# the=1 cat=2 dog=3 sat=4 ran=5; 6 occurs nowhere.
TEXTS = [[1, 2, 4, 1, 3, 4], [1, 2, 5]]
NUM_WORDS = 6
CONTEXTS = [[], [1], [2, 4], [1, 2], [6, 6], [0], [1, 0], [5, 1, 2]]


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("context", CONTEXTS)
def test_every_distribution_adds_up_to_one(order: int, context: list[int]) -> None:
    row = fit_ngrams(TEXTS, NUM_WORDS, order).distribution(context)

    assert row.sum() == pytest.approx(1.0)
    assert (row >= 0).all()


def test_uniform_predicts_every_word_alike() -> None:
    np.testing.assert_allclose(uniform(4).distribution([1, 2]), 0.25)


def test_unigram_keeps_the_plain_shares() -> None:
    row = fit_ngrams(TEXTS, NUM_WORDS, 1).distribution([])

    np.testing.assert_allclose(row, np.array([3, 2, 1, 2, 1, 0]) / 9)


def test_bigram_is_kneser_and_ney_s() -> None:
    model = fit_ngrams(TEXTS, NUM_WORDS, 2, discount=0.5)

    # The words follow 1, 1, 1, 2 and 1 different words: six kinds of pairs, five words.
    kinds = np.array([1, 1, 1, 2, 1, 0])
    shorter = np.maximum(kinds - 0.5, 0) / 6 + 0.5 * 5 / 6 / NUM_WORDS
    # After `the`: cat twice, dog once.
    expected = np.array([0, 1.5, 0.5, 0, 0, 0]) / 3 + 0.5 * 2 / 3 * shorter
    np.testing.assert_allclose(model.distribution([1]), expected)


def test_unseen_context_counts_for_nothing() -> None:
    model = fit_ngrams(TEXTS, NUM_WORDS, 3)

    np.testing.assert_array_equal(model.distribution([6, 2]), model.distribution([2]))


def test_unknown_word_hides_what_stands_before_it() -> None:
    model = fit_ngrams(TEXTS, NUM_WORDS, 3)

    np.testing.assert_array_equal(model.distribution([1, 0]), model.distribution([]))


def test_no_ngram_reaches_from_one_text_into_the_next() -> None:
    apart = fit_ngrams([[1, 2], [3, 4]], 4, 2)
    together = fit_ngrams([[1, 2, 3, 4]], 4, 2)

    assert together.distribution([2])[2] > 0.25 >= apart.distribution([2])[2]


def test_words_of_a_text_are_predicted_from_those_before() -> None:
    model = fit_ngrams(TEXTS, NUM_WORDS, 3)

    rows = model.distributions([1, 2, 4])

    for row, context in zip(rows, [[], [1], [1, 2]], strict=True):
        np.testing.assert_array_equal(row, model.distribution(context))
