# SPDX-License-Identifier: Apache-2.0
"""How well words were predicted, by one rule for every model.

A model shares its probability out among the known words. The unknown word has a mass of
its own, the same for all models: the share of the training words that occurred once,
which by Good and Turing is what words never seen are worth together. A model that gives
the unknown word more, or one that has seen it in the test text, gains nothing by it.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN: Final = 0


@dataclass(frozen=True)
class Scores:
    """What a model made of each word of some texts.

    Attributes:
        is_known: Whether the word is in the vocabulary.
        probability: Of the word among the known words; 0 for an unknown one.
        num_above: Known words that were held more probable.
        num_equal: Known words that were held as probable, the word itself included.
    """

    is_known: "NDArray[Any]"
    probability: "NDArray[Any]"
    num_above: "NDArray[Any]"
    num_equal: "NDArray[Any]"

    def __len__(self) -> int:
        return len(self.is_known)

    def log_loss(self, unknown_mass: float) -> "NDArray[Any]":
        """Nats of each word where the unknown word has a mass of its own."""
        import numpy as np

        known = (1 - unknown_mass) * np.where(self.is_known, self.probability, 1)
        with np.errstate(divide="ignore"):
            losses: NDArray[Any] = -np.log(np.where(self.is_known, known, unknown_mass))
        return losses

    def perplexity(self, unknown_mass: float) -> float:
        """Perplexity per word; infinite if a word was held impossible."""
        return perplexity(self.log_loss(unknown_mass))

    def perplexity_of_known(self) -> float:
        """Perplexity of the known words alone."""
        return perplexity(self.log_loss(0.0)[self.is_known])

    def accuracy(self, most: int = 1) -> float:
        """Share of all words that are among the `most` most probable.

        Words held equally probable share what places there are; unknown words count as
        missed.
        """
        import numpy as np

        shares = np.clip((most - self.num_above) / np.maximum(self.num_equal, 1), 0, 1)
        return float(np.where(self.is_known, shares, 0).mean())


def score(rows: "NDArray[Any]", words: "NDArray[Any]") -> Scores:
    """Hold predictions against the words that came.

    Args:
        rows: Probability of each known word (words of the text, known words).
        words: Numbers of the words; 0 is unknown, the first known one is 1.
    """
    import numpy as np

    is_known = words != UNKNOWN
    column = np.where(is_known, words - 1, 0)
    wanted = rows[np.arange(len(words)), column]
    return Scores(
        is_known=is_known,
        probability=np.where(is_known, wanted, 0.0).astype(np.float64),
        num_above=(rows > wanted[:, np.newaxis]).sum(axis=1),
        num_equal=(rows == wanted[:, np.newaxis]).sum(axis=1),
    )


def joined(parts: Iterable[Scores]) -> Scores:
    """Scores of several texts as those of one."""
    import numpy as np

    listed = list(parts)
    return Scores(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in listed])
            for field in fields(Scores)
        }
    )


def perplexity(log_loss: "NDArray[Any]") -> float:
    """Perplexity of nats per word."""
    mean = float(log_loss.mean())
    # e^700 is about the largest float there is.
    return math.exp(mean) if mean < 700 else math.inf


def unknown_mass(texts: Iterable[Sequence[int]]) -> float:
    """What words never seen are worth: the share of words that occurred once.

    Args:
        texts: The training texts as numbers of words.
    """
    counts = Counter(int(word) for text in texts for word in text)
    return sum(count == 1 for count in counts.values()) / counts.total()
