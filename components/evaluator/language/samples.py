# SPDX-License-Identifier: Apache-2.0
"""Texts that a language model writes, and their longest verbatim overlap with training.

The prompt is continued by each way of choosing words. The overlap is measured on texts
that are drawn from the model's own distribution after unseen beginnings.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

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
        overlap=_longest(sampled, originals),
        overlap_of_split=_longest(held_out, originals),
    )


def longest_overlap(text: Tokens, originals: Sequence[Tokens]) -> Tokens:
    """Find the longest run of tokens that a text shares verbatim with an original.

    Args:
        text: Tokens of the text.
        originals: Tokens of the texts that it may have been copied from.

    Returns:
        The run, the first of several; empty if the text shares no token with them.

    Example:
        >>> longest_overlap("so she sat on the bank".split(), [book])
        ['on', 'the', 'bank']
    """
    positions = defaultdict[Any, list[tuple[int, int]]](list)
    for number, original in enumerate(originals):
        for position, token in enumerate(original):
            positions[token].append((number, position))
    end = longest = 0
    # Position in the originals of the previous token -> length of the run up to it.
    runs: dict[tuple[int, int], int] = {}
    for index, token in enumerate(text):
        runs = {
            (number, position): runs.get((number, position - 1), 0) + 1
            for number, position in positions[token]
        }
        here = max(runs.values(), default=0)
        if here > longest:
            end, longest = index + 1, here
    return text[end - longest : end]


def _sampled_texts(model: SavedModel, comparison: Comparison) -> Iterator[Completion]:
    tokens = [token for text in comparison.texts for token in text.tokens]
    for number in range(_TEXTS):
        start = number * len(tokens) // _TEXTS
        beginning = " ".join(tokens[start : start + _BEGINNING])
        yield complete(model, beginning, _LENGTH, Sampling(1.0, seed=number))


def _longest(texts: list[list[str]], originals: list[list[str]]) -> list[str]:
    runs = (list(longest_overlap(text, originals)) for text in texts)
    return max(runs, key=len, default=[])
