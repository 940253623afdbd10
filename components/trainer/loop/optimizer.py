# SPDX-License-Identifier: Apache-2.0
"""The optimizer and its learning-rate schedule, from parameters."""

from dataclasses import dataclass
from typing import Any, Literal

from components.core.checks import expect

# Biases and the scales of normalisation are not pulled towards zero.
NOT_DECAYED = ["bias", "gamma", "beta"]


@dataclass(frozen=True)
class Optimizer:
    """How the weights follow the gradient."""

    learning_rate: float
    """The highest rate that the schedule reaches."""

    name: Literal["adam", "sgd"] = "adam"
    """`adam` (AdamW where there is weight decay), or `sgd` with Nesterov momentum."""

    schedule: Literal["constant", "one_cycle", "linear"] = "constant"
    """`one_cycle` rises linearly to the rate, then falls along a cosine to nothing;
    `linear` falls to nothing from the start."""

    warmup: float = 0.1
    """Share of all steps that `one_cycle` rises for."""

    weight_decay: float = 0.0
    """Decoupled pull of the weights towards zero, in units of the rate."""

    momentum: float = 0.9
    """Of `sgd`; 0 is plain gradient descent."""

    beta_1: float = 0.9
    """Of `adam`: share of the mean gradient kept per step; 0.5 where nets compete."""

    beta_2: float = 0.999
    """Of `adam`: share of the mean squared gradient kept per step."""

    ema: float = 0.0
    """Decay of the average of weights that is exported; 0 exports the last weights."""

    clip_norm: float = 0.0
    """Longest step's gradient, over all weights together; 0 clips nothing."""

    def __post_init__(self) -> None:
        expect(self.learning_rate > 0, "learning_rate", "above 0", self.learning_rate)
        expect(0 <= self.warmup < 1, "warmup", "0 to below 1", self.warmup)
        expect(self.weight_decay >= 0, "weight_decay", "0 or more", self.weight_decay)
        expect(0 <= self.momentum < 1, "momentum", "0 to below 1", self.momentum)
        expect(0 <= self.beta_1 < 1, "beta_1", "0 to below 1", self.beta_1)
        expect(0 <= self.beta_2 < 1, "beta_2", "0 to below 1", self.beta_2)
        expect(0 <= self.ema < 1, "ema", "0 to below 1", self.ema)
        expect(self.clip_norm >= 0, "clip_norm", "0 or more", self.clip_norm)


def make_optimizer(settings: Optimizer, num_steps: int) -> Any:
    """Build the Keras optimizer for a training of `num_steps` steps."""
    import keras

    rate = _schedule(settings, num_steps)
    common = {
        "weight_decay": settings.weight_decay or None,
        "global_clipnorm": settings.clip_norm or None,
    }
    if settings.ema:
        common |= {"use_ema": True, "ema_momentum": settings.ema}
    if settings.name == "sgd":
        momentum = settings.momentum
        optimizer = keras.optimizers.SGD(
            rate, momentum=momentum, nesterov=momentum > 0, **common
        )
    else:
        # The same as AdamW, and takes no decay for an answer.
        betas = {"beta_1": settings.beta_1, "beta_2": settings.beta_2}
        optimizer = keras.optimizers.Adam(rate, **betas, **common)
    if settings.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=NOT_DECAYED)
    return optimizer


def _schedule(settings: Optimizer, num_steps: int) -> Any:
    import keras

    if settings.schedule == "constant":
        return settings.learning_rate
    if settings.schedule == "linear":
        return keras.optimizers.schedules.PolynomialDecay(
            settings.learning_rate, num_steps, end_learning_rate=0.0
        )
    warmup_steps = round(settings.warmup * num_steps)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.learning_rate / 25,
        warmup_target=settings.learning_rate,
        warmup_steps=warmup_steps,
        decay_steps=num_steps - warmup_steps,
        alpha=0.0,
    )
