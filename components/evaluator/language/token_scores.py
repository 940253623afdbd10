# SPDX-License-Identifier: Apache-2.0
"""Scores of token predictions, by one rule for every language model.

A model distributes its probability over the known words. The unknown word has a fixed
probability, the same for all models: the share of training tokens that occurred once,
which is the Good-Turing estimate of the probability mass of unseen words. So a model
gains nothing by predicting the unknown word.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

UNKNOWN: Final = 0


@dataclass(frozen=True)
class Scores:
    """Scores of each token of some texts under one model; all arrays are (tokens,)."""

    is_known: NDArray[np.bool_]
    """Whether the token is in the vocabulary."""

    probability: NDArray[np.float64]
    """Probability of the token among the known words; 0 for an unknown one."""

    num_above: NDArray[np.int64]
    """Known words with a higher probability."""

    num_equal: NDArray[np.int64]
    """Known words with the same probability, the token itself included."""

    def __len__(self) -> int:
        return len(self.is_known)

    def log_loss(self, unknown_mass: float) -> NDArray[np.float64]:
        """Compute the log loss of each token in nats: (tokens,).

        Args:
            unknown_mass: Probability of the unknown word.
        """
        known = (1 - unknown_mass) * np.where(self.is_known, self.probability, 1)
        with np.errstate(divide="ignore"):
            losses: NDArray[Any] = -np.log(np.where(self.is_known, known, unknown_mass))
        return losses

    def perplexity(self, unknown_mass: float) -> float:
        """Compute the perplexity per token; infinite if one had probability 0."""
        return perplexity(self.log_loss(unknown_mass))

    def perplexity_of_known(self) -> float:
        """Compute the perplexity of the known words alone."""
        return perplexity(self.log_loss(0.0)[self.is_known])

    def accuracy(self, most: int = 1) -> float:
        """Compute the top-k accuracy over all tokens.

        Words of equal probability share the remaining places among the first k; unknown
        words count as missed.

        Args:
            most: k. Defaults to 1.
        """
        shares = np.clip((most - self.num_above) / np.maximum(self.num_equal, 1), 0, 1)
        return float(np.where(self.is_known, shares, 0).mean())


def score_tokens(rows: NDArray[Any], token_ids: NDArray[Any]) -> Scores:
    """Score predictions of the tokens of a text.

    Args:
        rows: Probability of each known word: (tokens, known words).
        token_ids: The tokens (tokens,); 0 is unknown, the first known word is 1.
    """
    is_known = token_ids != UNKNOWN
    column = np.where(is_known, token_ids - 1, 0)
    of_token = rows[np.arange(len(token_ids)), column]
    return Scores(
        is_known=is_known,
        probability=np.where(is_known, of_token, 0.0).astype(np.float64),
        num_above=(rows > of_token[:, np.newaxis]).sum(axis=1),
        num_equal=(rows == of_token[:, np.newaxis]).sum(axis=1),
    )


def join_scores(parts: Iterable[Scores]) -> Scores:
    """Concatenate the scores of several texts."""
    listed = list(parts)
    return Scores(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in listed])
            for field in fields(Scores)
        }
    )


def perplexity(log_loss: NDArray[np.float64]) -> float:
    """Compute the perplexity of log losses in nats."""
    mean = float(log_loss.mean())
    # e^700 is about the largest float there is.
    return math.exp(mean) if mean < 700 else math.inf


def unknown_mass(texts: Iterable[Sequence[int]]) -> float:
    """Estimate the probability mass of unseen words (Good-Turing).

    Args:
        texts: Token ids of the training texts.

    Returns:
        Share of the tokens that occurred once.
    """
    counts = Counter(int(token) for text in texts for token in text)
    return sum(count == 1 for count in counts.values()) / counts.total()
