# SPDX-License-Identifier: Apache-2.0
"""Parameters of the memorisation of one passage."""

from dataclasses import dataclass

from components.core.checks import expect
from components.trainer.language.params import NetworkParams
from components.trainer.loop.params import Optimizer, check_batches


@dataclass(frozen=True, kw_only=True)
class Params(NetworkParams):
    """Parameters of the memorisation of a passage."""

    optimizer: Optimizer
    """Optimizer of the network."""

    epochs: int
    """Passes over all windows of the passage."""

    first_words: str
    """Beginning of the passage: tokens separated by spaces."""

    passage_words: int
    """Tokens of the passage."""

    context: int = 3
    """Tokens that a prediction depends on: the length of a window."""

    batch_size: int = 16
    """Windows per step."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("epochs", "batch_size", "context"):
            expect(getattr(self, name) > 0, name, "1 or more", getattr(self, name))
        check_batches(self.batch_size, self.optimizer)
        expect(
            self.passage_words > self.context,
            "passage_words",
            f"more than context, {self.context}",
            self.passage_words,
        )
