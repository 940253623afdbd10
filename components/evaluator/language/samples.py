# SPDX-License-Identifier: Apache-2.0
"""Texts that a language model writes, and their longest verbatim overlap with training.

The prompt is continued by each way of choosing words. The overlap is measured on texts
that are drawn from the model's own distribution after unseen beginnings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.evaluator.language.ngram_comparison import Comparison
from components.serving.saved_model import SavedModel
from components.serving.text_generation import (
    Completion,
    Sampling,
    complete,
    complete_by_beam,
)

# Words of a continuation, as many as listing 4-5 of the book writes.
NUM_WORDS: Final = 28
NUM_BEAMS: Final = 8
GREEDY: Final = "greedy"
# Name on the page -> way of choosing words.
SAMPLINGS: Final = {
    GREEDY: Sampling(),
    "temperature 0.5": Sampling(0.5),
    "temperature 0.8": Sampling(0.8),
    "temperature 1": Sampling(1.0),
    "temperature 1.3": Sampling(1.3),
    "top 10": Sampling(1.0, top_k=10),
    "nucleus 0.9": Sampling(1.0, top_p=0.9),
}

# Texts that the overlap is measured on: their number, tokens of the beginning, tokens
# of the continuation.
_TEXTS: Final = 10
_BEGINNING: Final = 5
_LENGTH: Final = 100

Tokens = Sequence[Any]


@dataclass(frozen=True)
class Samples:
    """Texts that a model wrote."""

    completions: dict[str, Completion]
    """Way of choosing words -> continuation of the prompt."""

    overlap: list[str]
    """The longest run of tokens that a sampled text shares with the training text."""

    overlap_of_split: list[str]
    """The longest run that the split under test shares with it: how much the
    texts repeat each other."""


def draw_samples(model: SavedModel, comparison: Comparison, prompt: str) -> Samples:
    """Let a model write.

    Args:
        model: The exported model.
        comparison: Holds the texts of the split under test and of the training split.
        prompt: Beginning that the completions continue.
    """
    completions = {
        name: complete(model, prompt, NUM_WORDS, sampling)
        for name, sampling in SAMPLINGS.items()
    }
    completions[f"beam search, {NUM_BEAMS}"] = complete_by_beam(
        model, prompt, NUM_WORDS, NUM_BEAMS
    )
    originals = [text.tokens for text in comparison.train]
    sampled = [list(text.words) for text in _sampled_texts(model, comparison)]
    held_out = [text.tokens for text in comparison.texts]
    return Samples(
        completions=completions,
        overlap=list(longest_overlap(sampled, originals)),
        overlap_of_split=list(longest_overlap(held_out, originals)),
    )


def longest_overlap(texts: Sequence[Tokens], originals: Sequence[Tokens]) -> Tokens:
    """Find the longest run of tokens that a text shares verbatim with an original.

    Args:
        texts: Tokens of each text.
        originals: Tokens of the texts that they may have been copied from.

    Returns:
        The run, the first of several; empty if no text shares a token with them.

    Example:
        >>> longest_overlap(["so she sat on the bank".split()], [book])
        ['on', 'the', 'bank']
    """
    tokens = [token for text in (*originals, *texts) for token in (*text, object())]
    start = sum(len(original) + 1 for original in originals)
    windows = _Windows(tokens)
    # Where a run of a length is shared, so is one of each smaller length.
    shared, too_long = 0, 1
    position = start
    while (found := windows.first_repeated(too_long, start)) is not None:
        shared, too_long, position = too_long, 2 * too_long, found
    while too_long - shared > 1:
        middle = (shared + too_long) // 2
        found = windows.first_repeated(middle, start)
        if found is None:
            too_long = middle
        else:
            shared, position = middle, found
    return tokens[position : position + shared]


class _Windows:
    """Runs of a length in a sequence, by number (Karp, Miller and Rosenberg 1972).

    Args:
        tokens: The sequence; what occurs once ends each run that is repeated.
    """

    def __init__(self, tokens: Sequence[Any]) -> None:
        numbers: dict[Any, int] = {}
        first = [numbers.setdefault(token, len(numbers)) for token in tokens]
        # Number of the run of 1, 2, 4, ... tokens that begins at each position.
        self._numbers = [np.array(first, np.int64)]

    def first_repeated(self, length: int, start: int) -> int | None:
        """The first position from `start` whose run stands before `start` too."""
        runs = self._runs(length)
        repeated = np.flatnonzero(np.isin(runs[start:], runs[:start]))
        return start + int(repeated[0]) if len(repeated) else None

    def _runs(self, length: int) -> NDArray[np.int64]:
        """A number for the run of `length` tokens that begins at each position."""
        power = length.bit_length() - 1
        while power >= len(self._numbers):
            twice = self._pairs(len(self._numbers) - 1, 2 ** len(self._numbers))
            self._numbers.append(np.unique(twice, return_inverse=True)[1])
        return self._pairs(power, length)

    def _pairs(self, power: int, length: int) -> NDArray[np.int64]:
        """Runs as pairs of shorter ones: that at the beginning and that at the end."""
        numbers = self._numbers[power]
        count = len(self._numbers[0])
        heads = numbers[: max(0, count - length + 1)]
        tails = numbers[length - 2**power :][: len(heads)]
        return heads * count + tails


def _sampled_texts(model: SavedModel, comparison: Comparison) -> Iterator[Completion]:
    tokens = [token for text in comparison.texts for token in text.tokens]
    for number in range(_TEXTS):
        start = number * len(tokens) // _TEXTS
        beginning = " ".join(tokens[start : start + _BEGINNING])
        yield complete(model, beginning, _LENGTH, Sampling(1.0, seed=number))
