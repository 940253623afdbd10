# SPDX-License-Identifier: Apache-2.0
"""Parameters of a recurrent classifier of images.

the book's LSTM (4-3)     cell: lstm, units: 64
its GRU (figure 4-14)     the same with `cell: gru`
its plain network that    the same with `cell: irnn`
  starts at the identity
bidirectional             bidirectional: true
"""

from dataclasses import dataclass
from typing import Final, Literal

from components.core.checks import expect
from components.trainer.classifier.params import ClassifierParams

# Fields of which `network` takes the place.
ARCHITECTURE: Final = (
    *("units", "cell", "num_layers"),
    *("bidirectional", "unroll", "dropout"),
)


@dataclass(frozen=True, kw_only=True)
class Params(ClassifierParams):
    """Parameters of a recurrent classifier."""

    units: int | None = None
    """Units of the hidden state; with `bidirectional`, in each direction. None where
    `network` builds the network."""

    cell: Literal["lstm", "gru", "irnn"] = "lstm"
    """`lstm` (Hochreiter and Schmidhuber 1997); `gru` (Cho et al. 2014), which has no
    cell state beside the hidden one and three quarters of the weights; or `irnn` (Le,
    Jaitly and Hinton 2015), a plain recurrent network with ReLU, a quarter of them,
    whose state starts as a sum over the steps: it needs `clip_norm`."""

    num_layers: int = 1
    """Stacked layers; all but the last return the whole sequence."""

    bidirectional: bool = False
    """Read the rows in both directions and concatenate the last states."""

    unroll: bool = True
    """Unroll the loop over the steps: faster on a CPU, slower to build. The cuDNN
    kernel of a GPU needs it off."""

    dropout: float = 0.0
    """Dropout rate of the output of each layer."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_network(ARCHITECTURE, "units")
        units = self.units
        expect(units is None or units > 0, "units", "1 or more", units)
        expect(self.num_layers > 0, "num_layers", "1 or more", self.num_layers)
        expect(0 <= self.dropout < 1, "dropout", "0 to below 1", self.dropout)
