# SPDX-License-Identifier: Apache-2.0
"""The common rule: what known words, unknown words and ties are worth."""

import math

import numpy as np
import pytest

from components.evaluator.language.token_scores import (
    join_scores,
    score_tokens,
    unknown_mass,
)

ROWS = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.2, 0.2, 0.6]])


def test_perplexity_is_that_of_the_words_that_came() -> None:
    scores = score_tokens(ROWS, np.array([1, 3, 2]))

    expected = (0.5 * 0.8 * 0.2) ** (-1 / 3)
    assert scores.perplexity(0.0) == pytest.approx(expected)
    assert scores.perplexity_of_known() == pytest.approx(expected)


def test_unknown_word_is_worth_its_mass_whatever_the_model_says() -> None:
    scores = score_tokens(ROWS, np.array([1, 0, 3]))

    expected = math.exp(-np.log([0.9 * 0.5, 0.1, 0.9 * 0.6]).mean())
    assert scores.perplexity(0.1) == pytest.approx(expected)


def test_mass_is_the_share_of_words_that_occurred_once() -> None:
    assert unknown_mass([[1, 1, 2], [3, 1, 4, 4]]) == 2 / 7


def test_impossible_word_makes_the_perplexity_infinite() -> None:
    scores = score_tokens(np.array([[1.0, 0.0]]), np.array([2]))

    assert scores.perplexity(0.1) == math.inf


def test_accuracy_counts_unknown_words_as_missed() -> None:
    scores = score_tokens(ROWS, np.array([1, 0, 3]))

    assert scores.accuracy() == pytest.approx(2 / 3)
    assert scores.accuracy(3) == pytest.approx(2 / 3)


def test_words_held_equally_probable_share_the_places() -> None:
    scores = score_tokens(np.full((1, 4), 0.25), np.array([2]))

    assert scores.accuracy() == 0.25
    assert scores.accuracy(3) == 0.75


def test_texts_are_scored_like_one() -> None:
    words = np.array([1, 3, 0])
    parts = [score_tokens(ROWS[:1], words[:1]), score_tokens(ROWS[1:], words[1:])]

    assert join_scores(parts).perplexity(0.1) == score_tokens(ROWS, words).perplexity(
        0.1
    )
