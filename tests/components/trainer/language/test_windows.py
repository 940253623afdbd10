# SPDX-License-Identifier: Apache-2.0
"""Windows of texts: contiguous for stateful training, or shuffled."""

from itertools import islice
from typing import Any

import numpy as np
import pytest

from components.trainer.language.input_pipeline import Texts
from components.trainer.language.windows import (
    make_stream,
    pad,
    predecessors,
    sliding_windows,
    windows_dataset,
)

TEXTS = Texts((np.arange(1, 61, dtype=np.int32), np.arange(61, 101, dtype=np.int32)))


def _batches(number: int, first_epoch: int = 0, seed: int = 1) -> list[Any]:
    stream = make_stream(TEXTS, batch_size=3, num_steps=8)
    return list(islice(stream.epochs(seed, first_epoch).as_numpy_iterator(), number))


def test_each_word_is_read_before_the_one_it_predicts() -> None:
    for (inputs, _), targets, _ in _batches(8):
        for before, word in zip(inputs.ravel(), targets.ravel(), strict=True):
            assert before == (0 if word in (1, 61) else word - 1)


def test_rows_go_on_where_they_stopped() -> None:
    windows_per_epoch = make_stream(TEXTS, 3, 8).windows_per_epoch
    batches = _batches(windows_per_epoch)

    (_, first, _), (_, second, _), *_ = batches
    np.testing.assert_array_equal(first[:, -1] % 100 + 1, second[:, 0])
    assert [first[0, 0] for (_, first), _, _ in batches] == [1, 0, 0, 0]


def test_epoch_shows_no_word_twice() -> None:
    batches = _batches(make_stream(TEXTS, 3, 8).windows_per_epoch)
    shown = np.concatenate([targets.ravel() for _, targets, _ in batches])

    assert len(set(shown)) == len(shown) == 96


def test_epochs_begin_at_different_places_and_repeat_exactly() -> None:
    batches = _batches(8)
    second = _batches(4, first_epoch=1)

    assert not np.array_equal(batches[0][1], batches[4][1])
    for one, other in zip(batches[4:], second, strict=True):
        np.testing.assert_array_equal(one[1], other[1])


def test_unknown_words_weigh_nothing_as_targets() -> None:
    texts = Texts((np.array([1, 0, 2, 0] * 10, np.int32),))
    (_, targets, weights), *_ = islice(
        make_stream(texts, 2, 4).epochs(1).as_numpy_iterator(), 1
    )

    np.testing.assert_array_equal(weights, targets != 0)


def test_too_short_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 16 rows of 32 words"):
        make_stream(TEXTS, 16, 32)


def test_sliding_windows_are_followed_by_the_next_word() -> None:
    windows, after = sliding_windows(np.array([1, 2, 3, 4, 5]), 3)

    assert windows.tolist() == [[1, 2, 3], [2, 3, 4]]
    assert after.tolist() == [4, 5]


def test_windows_are_all_shown_in_every_epoch() -> None:
    inputs, targets = sliding_windows(np.arange(20), 3)
    batches = list(
        islice(windows_dataset(inputs, targets, 5, seed=1).as_numpy_iterator(), 8)
    )

    for epoch in (batches[:4], batches[4:]):
        shown = np.concatenate([words for _, words in epoch])
        assert sorted(shown) == targets.tolist()
    assert not np.array_equal(batches[0][1], batches[4][1])


def test_texts_of_different_length_are_padded() -> None:
    rows = pad([np.array([1, 2, 3]), np.array([4])], -1)

    assert rows.tolist() == [[1, 2, 3], [4, -1, -1]]


def test_nothing_is_known_before_the_first_word() -> None:
    assert predecessors(np.array([5, 6, 7])).tolist() == [0, 5, 6]
