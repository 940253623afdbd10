# SPDX-License-Identifier: Apache-2.0
"""Batches of examples do not follow the clock."""

from collections.abc import Iterator

import pytest
from absl import flags
from tfx_bsl.coders import batch_util

from pipelines.beam_batches import batch_by_bytes

FLAG = "tfxio_use_byte_size_batching"


@pytest.fixture
def _flag() -> Iterator[None]:
    before = flags.FLAGS[FLAG].default
    flags.FLAGS.set_default(FLAG, False)
    yield
    flags.FLAGS.set_default(FLAG, before)


@pytest.mark.usefixtures("_flag")
def test_size_of_a_batch_does_not_follow_from_the_time_that_it_takes() -> None:
    # What `beam.BatchElements` tunes by the clock as long as both sizes differ.
    before = batch_util.GetBatchElementsKwargs(batch_size=None)
    assert before["min_batch_size"] < before["max_batch_size"]

    batch_by_bytes()

    after = batch_util.GetBatchElementsKwargs(batch_size=None)
    assert after["min_batch_size"] == after["max_batch_size"]
    assert after["element_size_fn"](b"x" * 100_000) == 100_000
