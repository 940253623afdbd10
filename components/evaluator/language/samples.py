# SPDX-License-Identifier: Apache-2.0
"""What a language model writes, in several ways, and how much of it is copied."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from components.evaluator.language.verbatim_overlap import longest_copied_run
from components.serving.complete import (
    Completion,
    Sampling,
    complete,
    complete_by_beam,
)

if TYPE_CHECKING:
    from components.evaluator.language.ngram_comparison import Study
    from components.serving.saved_model import ServedModel

# The seed of the book, and as many words as it writes.
SENTENCE: Final = "i only wish"
NUM_WORDS: Final = 28
NUM_BEAMS: Final = 8
# How words may be chosen, as the report names it.
WAYS: Final = {
    "greedy": Sampling(),
    "temperature 0.5": Sampling(0.5),
    "temperature 0.8": Sampling(0.8),
    "temperature 1": Sampling(1.0),
    "temperature 1.3": Sampling(1.3),
    "top 10": Sampling(1.0, top_k=10),
    "nucleus 0.9": Sampling(1.0, top_p=0.9),
}

# For the copied run: texts drawn as the model holds probable, each from a beginning
# that it has not seen.
_TEXTS: Final = 10
_BEGINNING: Final = 5
_LENGTH: Final = 100


@dataclass(frozen=True)
class Samples:
    """What a model wrote.

    Attributes:
        ways: Way of choosing words -> how the model goes on with the book's seed.
        copied: The longest run of words of free texts that stands in the training text.
        copied_by_author: The longest run of the test split that stands there: how much
            the author repeats himself.
    """

    ways: dict[str, Completion]
    copied: list[str]
    copied_by_author: list[str]


def draw_samples(model: "ServedModel", found: "Study") -> Samples:
    """Let a model write.

    Args:
        model: The exported model.
        found: What was measured of it.
    """
    ways = {
        name: complete(model, SENTENCE, NUM_WORDS, way) for name, way in WAYS.items()
    }
    ways[f"beam search, {NUM_BEAMS}"] = complete_by_beam(
        model, SENTENCE, NUM_WORDS, NUM_BEAMS
    )
    originals = found.train_tokens
    free = [list(text.words) for text in _free_texts(model, found)]
    held_out = [block.tokens for block in found.blocks]
    return Samples(
        ways=ways,
        copied=_longest(free, originals),
        copied_by_author=_longest(held_out, originals),
    )


def _free_texts(model: "ServedModel", found: "Study") -> Iterator[Completion]:
    tokens = [token for block in found.blocks for token in block.tokens]
    for number in range(_TEXTS):
        start = number * len(tokens) // _TEXTS
        beginning = " ".join(tokens[start : start + _BEGINNING])
        yield complete(model, beginning, _LENGTH, Sampling(1.0, seed=number))


def _longest(texts: list[list[str]], originals: list[list[str]]) -> list[str]:
    runs = (list(longest_copied_run(text, originals)) for text in texts)
    return max(runs, key=len, default=[])
