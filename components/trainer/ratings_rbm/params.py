# SPDX-License-Identifier: Apache-2.0
"""Parameters of a restricted Boltzmann machine of ratings."""

from dataclasses import dataclass

from components.core.checks import expect


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of the machine and its contrastive divergence."""

    hidden: int = 100
    """Hidden units."""

    epochs: int = 150
    """Passes over all users; the best one on the validation split is exported."""

    learning_rate: float = 0.02
    """Rate of the first epoch; it falls to 0 linearly. Gradients are per rating of an
    item, so that rare items learn as fast as frequent ones."""

    momentum: float = 0.9
    """Part of the last step that is taken again."""

    batch_size: int = 100
    """Users per step, nearly: all steps of an epoch have as many."""

    steps: tuple[int, ...] = (1,)
    """Steps of the Markov chain in equal parts of the training: `[1, 2, 3]` begins with
    CD-1 and ends with CD-3."""

    weight_decay: float = 0.01
    """Penalty of squared weights."""

    smoothness: float = 0.06
    """Penalty of squared differences between the weights of neighbouring ratings of an
    item: four stars mean nearly what five do. 0 lets each value learn by itself."""

    implicit: bool = False
    """Let the hidden units also see which items were rated, whatever the rating: the
    conditional machine. Which items a user rates tells a taste, too."""

    def __post_init__(self) -> None:
        for name in ("hidden", "epochs", "batch_size"):
            value = getattr(self, name)
            expect(value > 0, name, "1 or more", value)
        rate = self.learning_rate
        expect(0 < rate <= 1, "learning_rate", "above 0, at most 1", rate)
        momentum = self.momentum
        expect(0 <= momentum < 1, "momentum", "0 to below 1", momentum)
        for name in ("weight_decay", "smoothness"):
            value = getattr(self, name)
            expect(0 <= value < 1, name, "0 to below 1", value)
        known = len(self.steps) > 0 and all(1 <= step <= 25 for step in self.steps)
        expect(known, "steps", "one or more numbers of 1 to 25", self.steps)
