# SPDX-License-Identifier: Apache-2.0
"""Keras optimizers and learning-rate schedules from settings.

The one-cycle schedule follows Smith, "A disciplined approach to neural network
hyper-parameters" (2018): a linear warm-up from 1/25 of the peak, then a cosine decay.
"""

from typing import Final

import keras

from components.trainer.loop.params import Optimizer

# Variables of Keras layers without weight decay: biases, and the scale and offset of
# normalization layers.
NOT_DECAYED: Final = ("bias", "gamma", "beta")
# First rate of the one-cycle schedule as a divisor of its peak.
_WARMUP_DIVISOR: Final = 25


def make_optimizer(settings: Optimizer, num_steps: int) -> keras.optimizers.Optimizer:
    """Make the Keras optimizer of a training.

    Args:
        settings: Algorithm, schedule, regularization.
        num_steps: Steps of the whole training, for the schedule.
    """
    rate = _learning_rate(settings, num_steps)
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
        # Keras' Adam with `weight_decay` equals its AdamW, and accepts None as well.
        betas = {"beta_1": settings.beta_1, "beta_2": settings.beta_2}
        optimizer = keras.optimizers.Adam(rate, **betas, **common)
    if settings.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=list(NOT_DECAYED))
    return optimizer


def _learning_rate(
    settings: Optimizer, num_steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    if settings.schedule == "constant":
        return settings.learning_rate
    if settings.schedule == "linear":
        return keras.optimizers.schedules.PolynomialDecay(
            settings.learning_rate, num_steps, end_learning_rate=0.0
        )
    warmup_steps = round(settings.warmup * num_steps)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=settings.learning_rate / _WARMUP_DIVISOR,
        warmup_target=settings.learning_rate,
        warmup_steps=warmup_steps,
        decay_steps=num_steps - warmup_steps,
        alpha=0.0,
    )
