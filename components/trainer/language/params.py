# SPDX-License-Identifier: Apache-2.0
"""Parameters of a recurrent language model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from components.core.checks import expect
from components.trainer.loop.params import Optimizer, check_batches
from components.trainer.own_network_params import OwnNetworkParams

# Fields of which `network` takes the place.
ARCHITECTURE: Final = (
    *("cell", "units", "num_layers", "dropout", "recurrent_dropout"),
    *("embedding_dropout", "unknown_token_dropout"),
)


@dataclass(frozen=True, kw_only=True)
class NetworkParams:
    """Architecture and dropout of the network of a language model."""

    RENAMED: ClassVar[Mapping[str, str]] = {
        "word_dropout": "embedding_dropout",
        "unknown_inputs": "unknown_token_dropout",
    }

    cell: Literal["lstm", "gru"] = "lstm"
    """Kind of recurrent layer."""

    units: int = 320
    """Size of an embedding and of each state vector."""

    num_layers: int = 1
    """Stacked recurrent layers."""

    dropout: float = 0.0
    """Dropout rate of the inputs and outputs of each recurrent layer, with one mask for
    all steps of a window (variational dropout; Gal & Ghahramani 2016)."""

    recurrent_dropout: float = 0.0
    """Dropout rate of the hidden state between steps."""

    embedding_dropout: float = 0.0
    """Share of the vocabulary whose embeddings are zero, redrawn at each training
    step."""

    unknown_token_dropout: float = 0.0
    """Share of input tokens replaced by the unknown token in training."""

    def __post_init__(self) -> None:
        expect(self.units > 0, "units", "1 or more", self.units)
        expect(self.num_layers > 0, "num_layers", "1 or more", self.num_layers)
        for name in (
            *("dropout", "recurrent_dropout"),
            *("embedding_dropout", "unknown_token_dropout"),
        ):
            share = getattr(self, name)
            expect(0 <= share < 1, name, "0 to below 1", share)

    @property
    def num_states(self) -> int:
        """State vectors of all layers: two per LSTM layer, one per GRU layer."""
        return self.num_layers * (2 if self.cell == "lstm" else 1)


@dataclass(frozen=True, kw_only=True)
class Params(NetworkParams, OwnNetworkParams):
    """Parameters of a language model."""

    RENAMED: ClassVar[Mapping[str, str]] = {
        **NetworkParams.RENAMED,
        "members": "ensemble_size",
    }

    optimizer: Optimizer
    """Optimizer of each network."""

    epochs: int
    """Passes over the training text, at most."""

    batch_size: int = 16
    """Rows of a batch, each of which reads another part of the text."""

    num_steps: int = 32
    """Tokens per window, over which gradients are back-propagated through time."""

    ensemble_size: int = 1
    """Networks trained independently, whose probabilities are averaged."""

    patience: int = 0
    """Early stopping: epochs without a better validation perplexity that end the
    training; 0 for none."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_network(ARCHITECTURE)
        for name in ("epochs", "batch_size", "num_steps", "ensemble_size"):
            expect(getattr(self, name) > 0, name, "1 or more", getattr(self, name))
        check_batches(self.batch_size, self.optimizer)
        expect(self.patience >= 0, "patience", "0 or more", self.patience)
