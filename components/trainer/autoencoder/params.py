# SPDX-License-Identifier: Apache-2.0
"""Parameters of an autoencoder.

the book's sparse autoencoder (5-4)      architecture: dense, with sparsity
its denoising autoencoder (5-5)          architecture: bottleneck, noise: [gaussian]
mnist-denoising-ae                       architecture: unet, noise of both kinds
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from components.contracts.image_options import Noise
from components.core.checks import expect
from components.trainer.loop.params import Optimizer, Precision, check_batches
from components.trainer.own_network_params import OwnNetworkParams

Architecture = Literal["dense", "bottleneck", "unet"]
# Fields of which `network` takes the place.
ARCHITECTURE: Final = ("architecture", "units", "tied", "filters", "sparsity", "l2")


@dataclass(frozen=True)
class Sparsity:
    """Sparsity penalty on the code: components/trainer/autoencoder/sparsity.py."""

    weight: float = 0.0
    """Weight of the penalty, relative to the squared error summed over an image; 0 for
    none."""

    target: float = 0.05
    """Target mean activation rho of each unit."""

    def __post_init__(self) -> None:
        expect(self.weight >= 0, "weight", "0 or more", self.weight)
        expect(0 < self.target < 1, "target", "above 0 and below 1", self.target)


@dataclass(frozen=True, kw_only=True)
class Params(OwnNetworkParams):
    """Parameters of an autoencoder."""

    optimizer: Optimizer
    """Optimizer of the network."""

    epochs: int
    """Passes over the training images."""

    batch_size: int
    """Images per step, over all devices together."""

    architecture: Architecture = "dense"
    """`dense`, `bottleneck` or `unet`: see components/trainer/autoencoder/networks.py.
    """

    units: int = 1024
    """Units of the code of `dense`."""

    tied: bool = False
    """Whether the decoder of `dense` has the encoder's weights, transposed: the book's
    "the same" for both, with half of the parameters."""

    filters: int = 16
    """Filters of `unet` at full resolution, doubled at each lower one."""

    noise: tuple[Noise, ...] = ()
    """Corruption that a denoising autoencoder removes: `gaussian`, `salt_pepper`,
    `blur` or several; empty for reconstruction of the input."""

    sparsity: Sparsity = field(default_factory=Sparsity)
    """Sparsity penalty on the code of `dense`."""

    l2: float = 0.0
    """Weight decay of `dense`: factor of half the sum of the squared weights."""

    precision: Precision = "auto"
    """Number format of training; the exported model is always float32."""

    def __post_init__(self) -> None:
        self.check_network(ARCHITECTURE)
        for name in ("epochs", "batch_size", "units", "filters"):
            value = getattr(self, name)
            expect(value > 0, name, "1 or more", value)
        check_batches(self.batch_size, self.optimizer)
        expect(self.l2 >= 0, "l2", "0 or more", self.l2)
        expect(
            len(set(self.noise)) == len(self.noise),
            "noise",
            "each noise once",
            self.noise,
        )
        # Without noise, its skip connections would copy the input.
        expect(
            bool(self.noise) or self.architecture != "unet",
            "noise",
            "one or more for architecture unet, which has no code",
            self.noise,
        )
        # The other networks ignore them.
        if self.architecture != "dense":
            rule = f"0 for architecture {self.architecture}; dense alone has it"
            expect(not self.sparsity.weight, "sparsity.weight", rule, self.sparsity)
            expect(not self.l2, "l2", rule, self.l2)
            rule = f"false for architecture {self.architecture}; dense alone has it"
            expect(not self.tied, "tied", rule, self.tied)
