# SPDX-License-Identifier: Apache-2.0
"""Validation of a network of a table after each epoch, and the best weights."""

from dataclasses import dataclass
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from components.trainer.loop.best_weights import BestWeights
from components.trainer.table.answers import Answer
from components.trainer.table.rows import Rows

_ROWS_AT_ONCE: Final = 8192


@dataclass(frozen=True)
class TableMonitor:
    """Callback of the training loop that keeps the weights of the best epoch."""

    network: keras.Model
    """Network in float32, of the architecture that is trained."""

    answer: Answer
    """What is predicted."""

    rows: Rows
    """Validation split."""

    best_weights: BestWeights
    """Weights with the lowest validation loss."""

    def __call__(self, model: keras.Model) -> dict[str, float]:
        """Measure `val_loss` and another metric."""
        weights = model.get_weights()
        self.network.set_weights(weights)
        metrics = self.answer.monitor(predict(self.network, self.rows), self.rows)
        self.best_weights.offer(metrics["val_loss"], weights)
        return metrics

    def best_network(self) -> keras.Model:
        """Return the network with the best weights."""
        self.network.set_weights(self.best_weights.load())
        return self.network


def predict(network: keras.Model, rows: Rows) -> NDArray[Any]:
    """Compute the outputs of a network, float32 (n, units).

    Args:
        network: From a mapping of tensors to outputs.
        rows: The split.
    """
    starts = range(0, len(rows), _ROWS_AT_ONCE)
    # Not Keras' `predict`, which makes a dataset at each call.
    return np.concatenate(
        [
            network.predict_on_batch(
                {k: v[i : i + _ROWS_AT_ONCE] for k, v in rows.inputs.items()}
            )
            for i in starts
        ]
    )
