# SPDX-License-Identifier: Apache-2.0
"""Parameters of a classifier on the encoder of an autoencoder.

the book's figures 5-14 to 5-16     mode: frozen or fine_tuned, with few `labels`
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from components.core.checks import expect
from components.trainer.classifier.control import check_same_length
from components.trainer.classifier.params import ClassifierParams


@dataclass(frozen=True, kw_only=True)
class Params(ClassifierParams):
    """Parameters of a classifier on an encoder, which `needs` of the recipe names."""

    # The encoder was trained on pixels as they are.
    TAKES_PREPARED_PIXELS: ClassVar[bool] = False
    # No autoencoder is trained on them.
    TAKES_PHOTOGRAPHS: ClassVar[bool] = False

    mode: Literal["frozen", "fine_tuned"] = "fine_tuned"
    """Whether the encoder stays as it was published, or is trained further. Its control
    is the same network from scratch, trained whole."""

    learning_rates: tuple[float, ...] = ()
    """Learning rates to try beside that of `optimizer`, for the model and for its
    control alike; the validation loss decides for each."""

    dropout: float = 0.0
    """Dropout rate of the code before the output layer."""

    def __post_init__(self) -> None:
        super().__post_init__()
        wanted = "none: the encoder of the needed model is the network"
        expect(not self.network, "network", wanted, self.network)
        rates = self.learning_rates
        expect(all(r > 0 for r in rates), "learning_rates", "numbers above 0", rates)
        expect(0 <= self.dropout < 1, "dropout", "0 to below 1", self.dropout)
        check_same_length(self)

    @property
    def all_learning_rates(self) -> tuple[float, ...]:
        """The learning rates that are tried, each once, in ascending order."""
        return tuple(sorted({self.optimizer.learning_rate, *self.learning_rates}))
