# SPDX-License-Identifier: Apache-2.0
"""Parameters of a dense network on the rows of a table.

a linear model        units: []
a small network       units: [64, 32]
a network of one's    network: mine.model.build_model
own
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from components.core.checks import expect
from components.trainer.loop.params import Optimizer, Precision


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of network and training."""

    optimizer: Optimizer
    """Optimizer and learning-rate schedule."""

    epochs: int
    """Most passes over the training rows; the weights of the best one on the validation
    split are exported."""

    batch_size: int
    """Rows per step, over all devices together."""

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

    network: str = ""
    """Import path of a function `build_model(inputs, output, params)` whose network
    takes the place of the dense one. Defaults to none."""

    network_params: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of that function. Defaults to none."""

    label_smoothing: float = 0.0
    """Share of each target that is spread evenly over all classes (Szegedy et al.
    2016); only of a class."""

    class_weights: Literal["none", "balanced"] = "none"
    """`balanced` weights each row by the inverse share of its class in training; the
    exported probabilities are corrected for it. Only of a class."""

    temperature: Literal["none", "fit"] = "none"
    """`fit` calibrates the exported probabilities by temperature scaling on the
    validation split; only of a class."""

    precision: Precision = "auto"
    """Number format of training; the exported model is always float32."""

    def __post_init__(self) -> None:
        expect(self.epochs > 0, "epochs", "1 or more", self.epochs)
        expect(self.batch_size > 0, "batch_size", "1 or more", self.batch_size)
        expect(self.patience >= 0, "patience", "0 or more", self.patience)
        wanted = "numbers of 1 or more"
        expect(all(units > 0 for units in self.units), "units", wanted, self.units)
        dim = self.embedding_dim
        expect(dim >= 0, "embedding_dim", "0 or more", dim)
        expect(0 <= self.dropout < 1, "dropout", "0 to below 1", self.dropout)
        smoothing = self.label_smoothing
        expect(0 <= smoothing < 1, "label_smoothing", "0 to below 1", smoothing)
