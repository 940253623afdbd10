# SPDX-License-Identifier: Apache-2.0
"""Validation of a language model after each epoch: perplexity, and the best weights."""

from dataclasses import dataclass

import keras

from components.trainer.language.input_pipeline import Texts
from components.trainer.language.stateful import StatefulModel
from components.trainer.language.validation import evaluate
from components.trainer.loop.best_weights import BestWeights


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
