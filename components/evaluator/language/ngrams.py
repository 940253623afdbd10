# SPDX-License-Identifier: Apache-2.0
"""N-gram language models: uniform, unigram and interpolated Kneser-Ney.

Kneser-Ney smoothing (Kneser and Ney 1995) subtracts a fixed discount from every count
and gives that mass to the next shorter context, where a word counts by the number of
contexts it follows. Every model here distributes its probability over the known words
only; the probability of an unknown word is one rule for all models (token_scores.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.evaluator.language.token_scores import UNKNOWN

# Token ids; 0 is the unknown word, the known ones count from 1.
TokenIds = Sequence[int]
DISCOUNT: Final = 0.75

_Context = tuple[int, ...]


@dataclass(frozen=True)
class Followers:
    """Words seen after one context, with their discounted shares."""

    words: NDArray[np.int64]
    """Indices among the known words, the first of which is 0: (followers,)."""

    probabilities: NDArray[np.float64]
    """Discounted shares of `words`: (followers,)."""

    left_over: float
    """Discounted mass: the weight of the next shorter context."""


@dataclass(frozen=True)
class NGrams:
    """An n-gram model over the known words."""

    order: int
    """Longest context plus one; 0 gives every word the same probability."""

    num_words: int
    """Number of known words."""

    followers: dict[_Context, Followers]
    """By context, of 0 to `order - 1` words."""

    def distribution(self, context: TokenIds) -> NDArray[np.float64]:
        """Compute the probability of each known word after a context: (known words,).

        Args:
            context: Token ids before it, unknown ones included; the longest end of it
                that was seen in training is used.
        """
        row = np.full(self.num_words, 1 / self.num_words)
        for length in range(self.order):
            if length > len(context):
                break
            found = self.followers.get(tuple(context[len(context) - length :]))
            # If a context was not seen, no longer one was.
            if found is None:
                break
            row *= found.left_over
            row[found.words] += found.probabilities
        return row

    def distributions(self, text: TokenIds) -> NDArray[np.float64]:
        """Predict every token of a text from those before it.

        Args:
            text: Token ids in order; the first is predicted from an empty context.

        Returns:
            float64 (tokens, known words).
        """
        reach = max(self.order - 1, 0)
        rows = [
            self.distribution(text[max(0, position - reach) : position])
            for position in range(len(text))
        ]
        return np.array(rows).reshape(len(text), self.num_words)


def uniform(num_words: int) -> NGrams:
    """Return the model that gives every known word the same probability."""
    return NGrams(0, num_words, {})


def fit_ngrams(
    texts: Iterable[TokenIds], num_words: int, order: int, discount: float = DISCOUNT
) -> NGrams:
    """Count the n-grams of texts.

    Args:
        texts: Token ids of the training texts; no n-gram spans two texts.
        num_words: Number of known words, whose ids are 1 to `num_words`. An unknown
            word is part of no n-gram.
        order: 1 for the unigram, 3 for the trigram.
        discount: Subtracted from every count of n-grams of two words and more, between
            0 and 1. Defaults to 0.75. The unigram alone keeps its plain shares.
    """
    counts = _count(texts, order)
    followers = {
        context: _discounted(words, discount if order > 1 else 0.0)
        for context, words in counts.items()
    }
    return NGrams(order, num_words, followers)


def _count(texts: Iterable[TokenIds], order: int) -> dict[_Context, Counter[int]]:
    """Followers of each context, with Kneser-Ney's counts."""
    counts: dict[_Context, Counter[int]] = defaultdict(Counter)
    for text in texts:
        for end in range(order, len(text) + 1):
            gram = tuple(text[end - order : end])
            if UNKNOWN not in gram:
                counts[gram[:-1]][gram[-1]] += 1
    # In a shorter context a word counts once per word that precedes the context.
    for length in range(order - 1, 0, -1):
        for context in [c for c in counts if len(c) == length]:
            for word in counts[context]:
                counts[context[1:]][word] += 1
    return counts


def _discounted(counts: Counter[int], discount: float) -> Followers:
    total = counts.total()
    words = np.array(list(counts)) - 1
    shares: NDArray[Any] = (np.array(list(counts.values()), float) - discount) / total
    return Followers(words, shares, discount * len(counts) / total)
