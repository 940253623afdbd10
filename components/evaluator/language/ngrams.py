# SPDX-License-Identifier: Apache-2.0
"""What counting alone predicts: uniform, unigram and interpolated Kneser-Ney models.

Kneser-Ney takes a fixed discount off every count and gives what it took to the next
shorter context, where a word counts by the number of contexts it was seen in. Every
model here spreads its probability over the known words only; what an unknown word is
worth is one rule for all models (components/evaluator/language/evaluate.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Numbers of words; 0 is the unknown word, the known ones count from 1.
Words = Sequence[int]
UNKNOWN: Final = 0
DISCOUNT: Final = 0.75

_Context = tuple[int, ...]


@dataclass(frozen=True)
class Followers:
    """Words seen after one context, with what Kneser-Ney leaves of their counts.

    Attributes:
        words: Indices among the known words, the first of which is 0.
        probabilities: Discounted shares of `words`.
        left_over: What the discount took: the weight of the next shorter context.
    """

    words: "NDArray[Any]"
    probabilities: "NDArray[Any]"
    left_over: float


@dataclass(frozen=True)
class NGrams:
    """An n-gram model over the known words.

    Attributes:
        order: Longest context plus one; 0 predicts every word alike.
        num_words: Number of known words.
        followers: By context, from none to `order - 1` words.
    """

    order: int
    num_words: int
    followers: dict[_Context, Followers]

    def distribution(self, context: Words) -> "NDArray[Any]":
        """Probability of each known word after some words.

        Args:
            context: What stands before, unknown words included; as much of its end is
                used as was seen in training.
        """
        import numpy as np

        row = np.full(self.num_words, 1 / self.num_words)
        for length in range(self.order):
            if length > len(context):
                break
            found = self.followers.get(tuple(context[len(context) - length :]))
            # A context that was not seen has no longer one that was.
            if found is None:
                break
            row *= found.left_over
            row[found.words] += found.probabilities
        return row

    def distributions(self, text: Words) -> "NDArray[Any]":
        """Predict every word of a text from those before it.

        Args:
            text: Words in order; the first is predicted from nothing.

        Returns:
            float64 (words of the text, known words).
        """
        import numpy as np

        reach = max(self.order - 1, 0)
        rows = [
            self.distribution(text[max(0, place - reach) : place])
            for place in range(len(text))
        ]
        return np.array(rows).reshape(len(text), self.num_words)


def uniform(num_words: int) -> NGrams:
    """The model that predicts every known word alike."""
    return NGrams(0, num_words, {})


def fit_ngrams(
    texts: Iterable[Words], num_words: int, order: int, discount: float = DISCOUNT
) -> NGrams:
    """Count the n-grams of texts.

    Args:
        texts: The training texts; no n-gram reaches from one into the next.
        num_words: Number of known words: 1 to `num_words`. An unknown word is part of
            no n-gram.
        order: 1 for the unigram, 3 for the trigram.
        discount: Taken off every count of two words and more, between 0 and 1. Defaults
            to 0.75. The unigram alone keeps its plain shares.
    """
    counts = _count(texts, order)
    followers = {
        context: _discounted(words, discount if order > 1 else 0.0)
        for context, words in counts.items()
    }
    return NGrams(order, num_words, followers)


def _count(texts: Iterable[Words], order: int) -> dict[_Context, Counter[int]]:
    """Followers of each context, counted as Kneser-Ney counts them."""
    counts: dict[_Context, Counter[int]] = defaultdict(Counter)
    for text in texts:
        for end in range(order, len(text) + 1):
            gram = tuple(text[end - order : end])
            if UNKNOWN not in gram:
                counts[gram[:-1]][gram[-1]] += 1
    # Each shorter context counts not how often, but after how many words.
    for length in range(order - 1, 0, -1):
        for context in [c for c in counts if len(c) == length]:
            for word in counts[context]:
                counts[context[1:]][word] += 1
    return counts


def _discounted(counts: Counter[int], discount: float) -> Followers:
    import numpy as np

    total = counts.total()
    words = np.array(list(counts)) - 1
    shares = (np.array(list(counts.values()), float) - discount) / total
    return Followers(words, shares, discount * len(counts) / total)
