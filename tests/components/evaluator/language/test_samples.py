# SPDX-License-Identifier: Apache-2.0
"""The longest run of words that a text shares with its originals."""

from collections.abc import Iterator

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
    found = longest_overlap([text.split()], [line.split() for line in originals])

    assert list(found) == run.split()


def test_copied_piece_is_found_in_chance() -> None:
    random = np.random.default_rng(0)
    original = random.integers(0, 5, 500).tolist()
    text = random.integers(0, 5, 100).tolist()
    text[40:60] = original[200:220]

    assert len(longest_overlap([text], [original])) >= 20


def test_first_of_the_longest_runs_of_all_texts_is_found() -> None:
    random = np.random.default_rng(1)
    for _ in range(50):
        texts = [random.integers(0, 4, 30).tolist() for _ in range(3)]
        originals = [random.integers(0, 4, 20).tolist() for _ in range(4)]

        assert longest_overlap(texts, originals) == _by_trying_all(texts, originals)


def _by_trying_all(texts: list[list[int]], originals: list[list[int]]) -> list[int]:
    known = {run for original in originals for run in _runs(original)}
    shared = [run for text in texts for run in _runs(text) if run in known]
    return list(max(shared, key=len, default=()))


def _runs(tokens: list[int]) -> Iterator[tuple[int, ...]]:
    for start in range(len(tokens)):
        for end in range(start + 1, len(tokens) + 1):
            yield tuple(tokens[start:end])
