# SPDX-License-Identifier: Apache-2.0
"""Parameters of a variational autoencoder (VAE)."""

from dataclasses import dataclass, field
from typing import Literal

from components.contracts.image_options import Binarisation, Likelihood
from components.core.checks import expect
from components.trainer.images.params import Augmentation
from components.trainer.loop.params import Optimizer, Precision, check_batches

Architecture = Literal["dense", "conv", "book"]
Activation = Literal["relu", "silu"]


@dataclass(frozen=True, kw_only=True)
class Params:
    """Parameters of a variational autoencoder."""

    optimizer: Optimizer
    """Optimizer of both networks."""

    epochs: int
    """Passes over the training images."""

    batch_size: int
    """Images per step."""

    binarisation: Binarisation
    """Conversion of grey pixels to zeros and ones: see components/images. It is part of
    the name of every likelihood."""

    likelihood: Likelihood = "bernoulli"
    """Distribution of a pixel around what the decoder predicts: `bernoulli`, or of grey
    pixels `gaussian` (squared error) or `l1` (absolute error)."""

    reconstruction_weight: float = 1.0
    """Weight of the error of `gaussian` and `l1` beside the KL divergence, which is
    summed over the latent variables: see components/images/pixel_likelihood.py."""

    latent_size: int = 20
    """Latent variables per image."""

    beta: float = 1.0
    """Weight of the KL divergence in the loss (Higgins et al. 2017); 1 is the ELBO."""

    warm_up_epochs: float = 1.0
    """Epochs over which that weight rises linearly from 0."""

    architecture: Architecture = "dense"
    """`dense`, `conv` or `book`: see components/trainer/vae/networks.py."""

    units: tuple[int, ...] = (512, 512)
    """Sizes of the encoder's dense layers; the decoder has them in reverse order."""

    filters: int = 32
    """Filters of the first convolution of `conv`, whose second has twice as many; of
    all of `book`."""

    activation: Activation = "relu"
    """Activation of the hidden layers: `relu`, or the smooth `silu`."""

    dropout: float = 0.0
    """Share of the encoder's input pixels set to zero at each training step."""

    augmentation: Augmentation = field(default_factory=Augmentation)
    """Random distortions of the training images."""

    precision: Precision = "auto"
    """Number format of training; the exported model is always float32."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "latent_size", "filters"):
            value = getattr(self, name)
            expect(value > 0, name, "1 or more", value)
        check_batches(self.batch_size, self.optimizer)
        expect(all(size > 0 for size in self.units), "units", "sizes", self.units)
        weight = self.reconstruction_weight
        if self.likelihood == "bernoulli":
            rule = "1 for likelihood bernoulli, which has no scale"
            expect(weight == 1, "reconstruction_weight", rule, weight)
        else:
            rule = f"grey for likelihood {self.likelihood}"
            expect(self.binarisation == "grey", "binarisation", rule, self.binarisation)
            expect(weight > 0, "reconstruction_weight", "above 0", weight)
        expect(self.beta >= 0, "beta", "0 or more", self.beta)
        warm_up, dropout = self.warm_up_epochs, self.dropout
        expect(warm_up >= 0, "warm_up_epochs", "0 or more", warm_up)
        expect(0 <= dropout < 1, "dropout", "0 to below 1", dropout)
