# SPDX-License-Identifier: Apache-2.0
"""Parameters of a generative adversarial network (GAN).

the book's GAN (6-5)   architecture: mlp, latent_size: 100, latent_prior: uniform
mnist-gan              architecture: dcgan, conditional: true
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from components.core.checks import expect
from components.trainer.generative.params import LatentPrior
from components.trainer.loop.params import Optimizer, Precision, check_batches

Architecture = Literal["dcgan", "mlp"]


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of a GAN."""

    RENAMED: ClassVar[Mapping[str, str]] = {"noise": "latent_prior"}

    epochs: int
    """Passes of the discriminator over the training images."""

    batch_size: int
    """Real images per step, and as many generated ones."""

    generator: Optimizer
    """Optimizer of the generator; its `ema` stays 0, as `averaging` replaces it."""

    discriminator: Optimizer
    """Optimizer of the discriminator; its `ema` stays 0."""

    architecture: Architecture = "dcgan"
    """`dcgan` or the book's `mlp`: see components/trainer/gan/networks.py."""

    filters: int = 32
    """Filters of `dcgan` at half the size of the image."""

    latent_size: int = 64
    """Random numbers per latent vector."""

    latent_prior: LatentPrior = "normal"
    """Distribution of the latent numbers: `normal`, or `uniform` on [-1, 1)."""

    conditional: bool = False
    """Whether both networks are conditioned on the class of an image."""

    averaging: float = 0.999
    """Decay per step of the exported average of the generator's weights; 0 exports the
    last weights."""

    gradient_penalty: float = 0.0
    """Weight of the R1 penalty on the discriminator; 0 for none."""

    precision: Precision = "auto"
    """Number format of training; the exported model is always float32."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "filters", "latent_size"):
            value = getattr(self, name)
            expect(value > 0, name, "1 or more", value)
        for name in ("generator", "discriminator"):
            optimizer: Optimizer = getattr(self, name)
            check_batches(self.batch_size, optimizer)
            ema = optimizer.ema
            expect(ema == 0, f"{name}.ema", "0, as `averaging` does the same", ema)
            # The loss of a network falls where the other one gets worse.
            wanted = "one that does not follow the loss"
            is_fixed = not optimizer.follows_loss
            expect(is_fixed, f"{name}.schedule", wanted, optimizer.schedule)
        averaging, penalty = self.averaging, self.gradient_penalty
        expect(0 <= averaging < 1, "averaging", "0 to below 1", averaging)
        expect(penalty >= 0, "gradient_penalty", "0 or more", penalty)
