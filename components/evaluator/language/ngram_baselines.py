# SPDX-License-Identifier: Apache-2.0
"""N-gram baselines of a language model, and its mixture with the trigram."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.evaluator.language import ngrams
from components.evaluator.language.ngrams import NGrams
from components.evaluator.language.token_predictions import TokenPredictions
from components.evaluator.language.token_scores import (
    UNKNOWN,
    Scores,
    score_tokens,
)

# Names of the models that are compared.
NETWORK: Final = "network"
MIXTURE: Final = "mixture"
TRIGRAM: Final = "trigram"
# Name of a baseline -> its order.
ORDERS: Final = {"uniform": 0, "unigram": 1, "bigram": 2, TRIGRAM: 3, "fourgram": 4}

_WEIGHTS: Final = tuple(step / 20 for step in range(21))


@dataclass(frozen=True)
class TextScores:
    """Scores of a text under each model."""

    label: str
    """Part of the whole that it is from."""

    tokens: list[str]
    """Its tokens."""

    scores: dict[str, Scores]
    """Model -> scores; the unknown word has a fixed mass."""

    literal: dict[str, Scores]
    """Model -> scores where the unknown word is predicted like any other."""


class NGramBaselines:
    """The n-gram models of a training text, by the common rule and by the literal one.

    Args:
        texts: Token ids of the training texts.
        num_known: Known words.
    """

    def __init__(self, texts: Sequence[Sequence[int]], num_known: int) -> None:
        self._num_known = num_known
        self._models = dict(_fit_all(texts, num_known))
        # Here the unknown word is one more word, which the training text never has.
        self._literal = {
            name: replace(model, num_words=num_known + 1)
            for name, model in self._models.items()
        }

    def known_token_probabilities(
        self, predictions: TokenPredictions
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probabilities of a text's known tokens under network and trigram.

        Returns:
            Two arrays (known tokens,).
        """
        token_ids = predictions.token_ids
        trigram = self._models[TRIGRAM].distributions(token_ids.tolist())
        is_known = token_ids != UNKNOWN
        network, other = (
            score_tokens(rows, token_ids).probability[is_known]
            for rows in (predictions.known_probabilities, trigram)
        )
        return network, other

    def score_text(self, predictions: TokenPredictions, weight: float) -> TextScores:
        """Score a text under all models.

        Args:
            predictions: The network's for the text.
            weight: Share of the network in the mixture.
        """
        token_ids = predictions.token_ids
        last = np.where(token_ids == UNKNOWN, self._num_known + 1, token_ids)
        # The unknown word comes first in the network's rows, and last here.
        moved = np.roll(predictions.probabilities, -1, axis=1)
        known = predictions.known_probabilities
        return TextScores(
            label=predictions.label,
            tokens=predictions.tokens,
            scores=_score_all(self._models, known, token_ids, weight),
            literal=_score_all(self._literal, moved, last, weight),
        )


def best_weight(
    pairs: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> float:
    """Choose the weight of the first of two models with the lowest loss of the mixture.

    Args:
        pairs: For each text the probabilities of its known tokens under both models.

    Returns:
        A multiple of 0.05.
    """
    first, second = (np.concatenate(column) for column in zip(*pairs, strict=True))
    with np.errstate(divide="ignore"):
        losses = [
            -np.log(weight * first + (1 - weight) * second).mean()
            for weight in _WEIGHTS
        ]
    return _WEIGHTS[int(np.argmin(losses))]


def _score_all(
    models: dict[str, NGrams],
    network: NDArray[Any],
    token_ids: NDArray[Any],
    weight: float,
) -> dict[str, Scores]:
    scores = {}
    text = token_ids.tolist()
    for name, model in models.items():
        rows = model.distributions(text)
        scores[name] = score_tokens(rows, token_ids)
        if name == TRIGRAM:
            mixed = weight * network + (1 - weight) * rows
            scores[MIXTURE] = score_tokens(mixed, token_ids)
    return {**scores, NETWORK: score_tokens(network, token_ids)}


def _fit_all(
    texts: Sequence[Sequence[int]], num_words: int
) -> Iterator[tuple[str, NGrams]]:
    for name, order in ORDERS.items():
        if order:
            yield name, ngrams.fit_ngrams(texts, num_words, order)
        else:
            yield name, ngrams.uniform(num_words)
