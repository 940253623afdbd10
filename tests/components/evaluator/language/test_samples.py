# SPDX-License-Identifier: Apache-2.0
"""The longest run of words that a text shares with its originals."""

import numpy as np
import pytest

from components.evaluator.language.samples import longest_overlap


@pytest.mark.parametrize(
    ("text", "originals", "run"),
    [
        ("so she sat on the bank", ["he was on the bank by"], "on the bank"),
        ("a b c d", ["a b", "c d e", "b c d"], "b c d"),
        ("a a a a", ["a a"], "a a"),
        ("a b", ["a", "b"], "a"),
        ("x y", ["a b"], ""),
        ("", ["a b"], ""),
    ],
)
def test_longest_run_is_found(text: str, originals: list[str], run: str) -> None:
    found = longest_overlap(text.split(), [line.split() for line in originals])

    assert list(found) == run.split()


def test_copied_piece_is_found_in_chance() -> None:
    random = np.random.default_rng(0)
    original = random.integers(0, 5, 500).tolist()
    text = random.integers(0, 5, 100).tolist()
    text[40:60] = original[200:220]

    assert len(longest_overlap(text, [original])) >= 20
