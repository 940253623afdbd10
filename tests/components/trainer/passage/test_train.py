# SPDX-License-Identifier: Apache-2.0
"""A passage is found in the training text and memorised."""

from pathlib import Path

import numpy as np
import pytest

from components.trainer.language.input_pipeline import TextData, Texts
from components.trainer.loop.params import Optimizer
from components.trainer.passage.params import Params
from components.trainer.passage.train import find_passage, train

PASSAGE = Params(
    first_words="the fox",
    passage_words=20,
    units=16,
    epochs=40,
    batch_size=4,
    optimizer=Optimizer(learning_rate=0.02, schedule="one_cycle"),
)
VOCABULARY = ("the", "fox", *(f"w{number}" for number in range(18)))


def _passage_data(*blocks: list[int]) -> TextData:
    texts = Texts(tuple(np.array(block, np.int32) for block in blocks))
    return TextData(texts, texts, VOCABULARY)


@pytest.mark.slow
def test_passage_is_learnt_by_heart(tmp_path: Path) -> None:
    data = _passage_data([7, 7, *range(1, 21), 8])
    trained = train(PASSAGE, data, tmp_path, seed=1)

    assert trained.history[-1]["accuracy"] == 1.0
    assert trained.context == 3


def test_passage_is_found_where_it_begins() -> None:
    found = find_passage(PASSAGE, _passage_data([1, 3], [7, *range(1, 21), 8]))

    assert found.tolist() == list(range(1, 21))


@pytest.mark.parametrize("block", [[3, 4, 5], [1, 2, 3]])
def test_passage_that_is_not_there_is_named(block: list[int]) -> None:
    with pytest.raises(ValueError, match="20 words that begin with 'the fox'"):
        find_passage(PASSAGE, _passage_data(block))
