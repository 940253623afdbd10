# SPDX-License-Identifier: Apache-2.0
"""Settings of the training loop: optimizer, learning-rate schedule, number format."""

from dataclasses import dataclass
from typing import Literal

from components.core.checks import expect

Precision = Literal["auto", "float32", "bfloat16", "float16"]


@dataclass(frozen=True)
class Optimizer:
    """Optimizer and learning-rate schedule."""

    learning_rate: float
    """Learning rate; with a schedule, its peak."""

    name: Literal["adam", "sgd"] = "adam"
    """`adam` (Kingma and Ba 2015; with weight decay AdamW), or `sgd` with Nesterov
    momentum."""

    schedule: Literal["constant", "one_cycle", "linear"] = "constant"
    """`one_cycle`: linear warm-up to the peak, then cosine decay to 0 (after Smith
    2018); `linear`: linear decay to 0 from the first step."""

    warmup: float = 0.1
    """Share of all steps that `one_cycle` warms up for."""

    weight_decay: float = 0.0
    """Decoupled weight decay, in units of the learning rate (Loshchilov and Hutter
    2019). Biases and the scales of normalization layers have none."""

    momentum: float = 0.9
    """Momentum of `sgd`; 0 is plain gradient descent."""

    beta_1: float = 0.9
    """Decay of `adam`'s running mean of the gradient; 0.9 is the paper's value, 0.5 is
    usual for GANs (Radford et al. 2016)."""

    beta_2: float = 0.999
    """Decay of `adam`'s running mean of the squared gradient; 0.999 is the paper's."""

    ema: float = 0.0
    """Decay per step of the exponential moving average (EMA) of the weights, which is
    validated and exported in their place (Polyak and Juditsky 1992); 0 for none."""

    clip_norm: float = 0.0
    """Largest L2 norm of the gradient of all weights together (Pascanu et al. 2013); 0
    for no clipping."""

    def __post_init__(self) -> None:
        expect(self.learning_rate > 0, "learning_rate", "above 0", self.learning_rate)
        expect(0 <= self.warmup < 1, "warmup", "0 to below 1", self.warmup)
        expect(self.weight_decay >= 0, "weight_decay", "0 or more", self.weight_decay)
        expect(0 <= self.momentum < 1, "momentum", "0 to below 1", self.momentum)
        expect(0 <= self.beta_1 < 1, "beta_1", "0 to below 1", self.beta_1)
        expect(0 <= self.beta_2 < 1, "beta_2", "0 to below 1", self.beta_2)
        expect(0 <= self.ema < 1, "ema", "0 to below 1", self.ema)
        expect(self.clip_norm >= 0, "clip_norm", "0 or more", self.clip_norm)
