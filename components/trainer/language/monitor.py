# SPDX-License-Identifier: Apache-2.0
"""Validation of a language model: loss, perplexity, accuracy, and the best weights."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from components.trainer.language.input_pipeline import Texts
from components.trainer.language.layers import UNKNOWN
from components.trainer.language.networks import StatefulModel
from components.trainer.language.windows import pad, predecessors
from components.trainer.loop.best_weights import BestWeights

# Tokens times texts per batch: memory needed is that, times the vocabulary.
_MAX_TOKENS: Final = 8192
_PADDING: Final = -1


@dataclass(frozen=True)
class PerplexityMonitor:
    """Callback of the training loop that keeps the weights of the best epoch."""

    network: keras.Model
    """Network for windows of any length, of the architecture that is trained."""

    texts: Texts
    """Validation split."""

    best_weights: BestWeights
    """Weights with the lowest validation perplexity."""

    def __call__(self, model: StatefulModel) -> dict[str, float]:
        """Measure `val_loss`, `val_perplexity` and `val_accuracy`."""
        self.network.set_weights(model.network.get_weights())
        metrics = evaluate(self.network, self.texts)
        self.best_weights.offer(metrics["perplexity"], self.network.get_weights())
        return {f"val_{name}": value for name, value in metrics.items()}

    def best_network(self) -> keras.Model:
        """Return the network with the best weights."""
        self.network.set_weights(self.best_weights.load())
        return self.network


def evaluate(network: keras.Model, texts: Texts) -> dict[str, float]:
    """Measure `loss` in nats, `perplexity` and `accuracy` on the known tokens of texts.

    Each block is read from its first token on, from zero states. Probabilities are
    normalised over the known tokens, as that of the unknown token is not learned.

    Args:
        network: Model from `[tokens, *states]` to `[logits, *states]`.
        texts: Texts to predict, each block on its own.
    """
    losses, hits = [], []
    for batch in _batches(texts.blocks):
        inputs = pad([predecessors(block) for block in batch], UNKNOWN)
        targets = pad(batch, _PADDING)
        log_probabilities = known_log_probabilities(_logits(network, inputs))
        is_known = targets > UNKNOWN
        known_targets = targets[is_known] - 1
        rows = log_probabilities[is_known]
        losses.append(-rows[np.arange(len(known_targets)), known_targets])
        hits.append(rows.argmax(axis=1) == known_targets)
    loss = float(np.mean(np.concatenate(losses)))
    return {
        "loss": loss,
        "perplexity": math.exp(loss),
        "accuracy": float(np.mean(np.concatenate(hits))),
    }


def known_log_probabilities(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Compute the log-probability of each known token, given that the token is known.

    Args:
        logits: Logits (..., vocabulary_size), the unknown token first.

    Returns:
        Log-probabilities (..., vocabulary_size - 1).
    """
    known = logits[..., 1:].astype(np.float64)
    rows: NDArray[np.float64] = log_softmax(known, axis=-1)
    return rows


def _logits(network: keras.Model, inputs: NDArray[np.int32]) -> NDArray[np.float32]:
    states = [
        np.zeros((len(inputs), state.shape[-1]), np.float32)
        for state in network.inputs[1:]
    ]
    logits: NDArray[np.float32] = network.predict_on_batch([inputs, *states])[0]
    return logits


def _batches(
    blocks: Sequence[NDArray[np.int32]],
) -> list[list[NDArray[np.int32]]]:
    """Group blocks so that each group, padded to its longest block, fits in memory."""
    groups: list[list[NDArray[np.int32]]] = [[]]
    for block in sorted(blocks, key=len):
        if groups[-1] and (len(groups[-1]) + 1) * len(block) > _MAX_TOKENS:
            groups.append([])
        groups[-1].append(block)
    return groups
