# SPDX-License-Identifier: Apache-2.0
"""Comparison of a language model with n-gram models, on the same tokens by one rule."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.contracts.splits import SPLITS
from components.evaluator.examples import ExampleSplit
from components.evaluator.language import bits_per_character as bits
from components.evaluator.language.ngram_baselines import (
    NGramBaselines,
    TextScores,
    best_weight,
)
from components.evaluator.language.token_predictions import (
    TokenPredictions,
    predict_split,
)
from components.evaluator.language.token_scores import (
    Scores,
    join_scores,
    score_tokens,
    unknown_mass,
)
from components.serving.saved_model import SavedModel

TRAIN, VALIDATION, _ = SPLITS


@dataclass(frozen=True)
class TrainingText:
    """A training text, without the distribution predicted at each token."""

    tokens: list[str]
    """Its tokens."""

    token_ids: NDArray[np.int64]
    """Their ids: (tokens,)."""

    scores: Scores
    """Scores of the network, which was trained on it."""


@dataclass(frozen=True)
class Comparison:
    """Scores of a language model and of n-gram models."""

    texts: list[TextScores]
    """Texts of the split under test."""

    train: list[TrainingText]
    """Texts of the training split."""

    unknown_mass: float
    """Probability of the unknown word in every model."""

    weight: float
    """Share of the network in the mixture, chosen on the validation split."""

    first: TokenPredictions
    """Predictions of the first text of the split under test."""

    def scores(self, name: str) -> Scores:
        """Scores of a model over the whole split."""
        return join_scores(text.scores[name] for text in self.texts)

    def literal(self, name: str) -> Scores:
        """Scores over the whole split, the unknown word predicted like any other."""
        return join_scores(text.literal[name] for text in self.texts)

    def train_scores(self) -> Scores:
        """Scores of the network over the training split."""
        return join_scores(text.scores for text in self.train)

    def perplexity(self, name: str) -> float:
        """Perplexity of a model per token of the split."""
        return self.scores(name).perplexity(self.unknown_mass)

    def bits_per_character(self, name: str) -> float:
        """Bits per character of the split under a model."""
        tokens = [token for text in self.texts for token in text.tokens]
        scores = self.scores(name)
        pairs = zip(tokens, scores.is_known, strict=True)
        return bits.bits_per_character(
            nats=float(scores.log_loss(self.unknown_mass).sum()),
            unknown=[token for token, is_known in pairs if not is_known],
            rare=_once_occurring(text.tokens for text in self.train),
            num_characters=len(self.characters),
        )

    def compressed_bits_per_character(self) -> dict[str, float]:
        """Bits per character of the split under each compressor, by its name."""
        before = bits.as_characters(text.tokens for text in self.train)
        return bits.compressed_bits_per_character(self.characters, before)

    @property
    def characters(self) -> str:
        """The characters that are encoded: tokens, each with a space or a line end."""
        return bits.as_characters(text.tokens for text in self.texts)


def compare_with_ngrams(model: SavedModel, examples: ExampleSplit) -> Comparison:
    """Score a language model and the n-gram models of its training text.

    Args:
        model: The exported model.
        examples: The split under test; the splits `train` and `validation` must lie
            beside it.
    """
    train = [
        TrainingText(
            text.tokens,
            text.token_ids,
            score_tokens(text.known_probabilities, text.token_ids),
        )
        for text in predict_split(model, examples.sibling(TRAIN))
    ]
    token_ids = [text.token_ids.tolist() for text in train]
    baselines: NGramBaselines | None = None
    pairs = []
    for predictions in predict_split(model, examples.sibling(VALIDATION)):
        num_known = predictions.probabilities.shape[1] - 1
        baselines = baselines or NGramBaselines(token_ids, num_known)
        pairs.append(baselines.known_token_probabilities(predictions))
    assert baselines is not None  # noqa: S101 - a split without texts raised already
    weight = best_weight(pairs)
    first, texts = None, []
    for predictions in predict_split(model, examples):
        first = first or predictions
        texts.append(baselines.score_text(predictions, weight))
    assert first is not None  # noqa: S101 - likewise
    return Comparison(texts, train, unknown_mass(token_ids), weight, first)


def _once_occurring(texts: Iterable[list[str]]) -> list[str]:
    counts = Counter(token for text in texts for token in text)
    return [token for token, count in counts.items() if count == 1]
