# SPDX-License-Identifier: Apache-2.0
"""Parameters of a restricted Boltzmann machine (RBM).

the book's (5-3a)      units: 500, start: book, steps: 2, binarisation: threshold,
                       optimizer: {name: sgd, learning_rate: 0.01, momentum: 0}
mnist-rbm              units: 500, persistent: true, binarisation: stochastic
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from components.contracts.image_options import Binarisation
from components.core.checks import expect
from components.trainer.loop.params import Optimizer, check_batches

# Of a schedule: what contrastive divergence reports as loss is none.
NO_LOSS: Final = "one that does not follow the loss"
# A probability exists of black and white pixels only.
BINARY: Final = ("stochastic", "threshold")

Start = Literal["base_rates", "book"]


@dataclass(frozen=True)
class Sparsity:
    """Pull of the mean activation of each hidden unit towards a target."""

    weight: float = 0.0
    """Weight of the cross-entropy between target and mean activation (Hinton 2010); 0
    for none."""

    target: float = 0.1
    """Target mean activation."""

    def __post_init__(self) -> None:
        expect(self.weight >= 0, "weight", "0 or more", self.weight)
        expect(0 < self.target < 1, "target", "above 0 and below 1", self.target)


@dataclass(frozen=True, kw_only=True)
class MachineParams:
    """How one machine is trained, whatever its visible units are."""

    steps: int = 1
    """Steps of the Gibbs sampler before each update of the weights: the k of
    contrastive divergence, CD-k (Hinton 2002)."""

    persistent: bool = False
    """Whether the chains go on from one update to the next (PCD; Tieleman 2008), as
    many as a batch has images; else they start at the images (CD)."""

    start: Start = "base_rates"
    """First weights: `base_rates` has small weights and visible biases with which each
    unit is 1 as often as in the data; `book` has larger weights and random biases."""

    sparsity: Sparsity = field(default_factory=Sparsity)
    """Sparsity of the hidden units."""

    def __post_init__(self) -> None:
        expect(self.steps > 0, "steps", "1 or more", self.steps)


@dataclass(frozen=True, kw_only=True)
class Params(MachineParams):
    """Parameters of a restricted Boltzmann machine of images."""

    optimizer: Optimizer
    """Optimizer; plain gradient descent is `sgd` with momentum 0."""

    epochs: int
    """Passes over the training images."""

    batch_size: int
    """Images per step."""

    binarisation: Binarisation
    """Conversion of grey pixels to zeros and ones, `stochastic` (drawn anew each time)
    or `threshold`. It is part of the name of every likelihood."""

    units: int = 500
    """Hidden units."""

    sample_steps: int = 1000
    """Gibbs steps from the base rates to a sample of the exported model."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("epochs", "batch_size", "units", "sample_steps"):
            value = getattr(self, name)
            expect(value > 0, name, "1 or more", value)
        check_batches(self.batch_size, self.optimizer)
        schedule = self.optimizer.schedule
        is_fixed = not self.optimizer.follows_loss
        expect(is_fixed, "optimizer.schedule", NO_LOSS, schedule)
        rule = f"one of {', '.join(BINARY)}"
        expect(self.binarisation in BINARY, "binarisation", rule, self.binarisation)
