# SPDX-License-Identifier: Apache-2.0
"""Parameters of a dense network on the rows of a table.

a linear model        units: []
a small network       units: [64, 32]
one of your own       network: mine.model.build_model
"""

from dataclasses import dataclass
from typing import Final, Literal

from components.core.checks import expect
from components.trainer.loop.params import (
    BatchSize,
    Optimizer,
    Precision,
    check_batches,
)
from components.trainer.own_network_params import OwnNetworkParams

# Fields that describe the dense network.
_ARCHITECTURE: Final = ("units", "embedding_dim", "batch_normalization", "dropout")


@dataclass(frozen=True, kw_only=True)
class Params(OwnNetworkParams):
    """Parameters of network and training."""

    optimizer: Optimizer
    """Optimizer and learning-rate schedule."""

    epochs: int
    """Most passes over the training rows; the weights of the best one on the validation
    split are exported."""

    batch_size: BatchSize
    """Rows per step, over all devices together; `all` for one step per epoch."""

    patience: int = 0
    """Epochs without a lower validation loss after which the training stops; 0 for
    never."""

    units: tuple[int, ...] = (64, 32)
    """Units of each hidden layer; none for a linear model."""

    embedding_dim: int = 0
    """Size of the embedding of each category; 0 for one that grows with its vocabulary:
    1.6 times the power 0.56 of its size, at most 50."""

    batch_normalization: bool = False
    """Normalize the output of each hidden layer over the batch."""

    dropout: float = 0.0
    """Dropout rate behind each hidden layer."""

    label_smoothing: float = 0.0
    """Share of each target that is spread evenly over all classes (Szegedy et al.
    2016); only of a class."""

    class_weights: Literal["none", "balanced"] = "none"
    """`balanced` weights each row by the inverse share of its class in training; the
    exported probabilities are corrected for it. Only of a class."""

    temperature: Literal["none", "fit"] = "none"
    """`fit` calibrates the exported probabilities by temperature scaling on the
    validation split; only of a class."""

    precision: Precision = "float32"
    """Number format of training. A network of a table is too small to gain by less than
    float32; the exported model always has it."""

    def __post_init__(self) -> None:
        expect(self.epochs > 0, "epochs", "1 or more", self.epochs)
        check_batches(self.batch_size, self.optimizer)
        expect(self.patience >= 0, "patience", "0 or more", self.patience)
        wanted = "numbers of 1 or more"
        expect(all(units > 0 for units in self.units), "units", wanted, self.units)
        dim = self.embedding_dim
        expect(dim >= 0, "embedding_dim", "0 or more", dim)
        expect(0 <= self.dropout < 1, "dropout", "0 to below 1", self.dropout)
        self.check_network(_ARCHITECTURE)
        smoothing = self.label_smoothing
        expect(0 <= smoothing < 1, "label_smoothing", "0 to below 1", smoothing)
