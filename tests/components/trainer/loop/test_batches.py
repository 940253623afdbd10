# SPDX-License-Identifier: Apache-2.0
"""Batches of the rows of a split."""

from components.trainer.loop.batches import shuffled_batches, steps_per_epoch


def test_one_batch_of_all_rows_is_an_epoch() -> None:
    batches = shuffled_batches(7, "all", seed=1, make_batch=lambda rows, seed: rows)
    first, second = (batch.tolist() for batch in batches.take(2).as_numpy_iterator())

    assert steps_per_epoch(7, "all") == 1
    assert sorted(first) == sorted(second) == list(range(7))
