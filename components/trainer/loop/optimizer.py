# SPDX-License-Identifier: Apache-2.0
"""Keras optimizers and learning-rate schedules from settings.

The one-cycle schedule follows Smith, "A disciplined approach to neural network
hyper-parameters" (2018): a linear warm-up from 1/25 of the peak, then a cosine decay.
"""

from typing import Any, Final

import keras

from components.trainer.loop.adaptive_rate import AdaptiveRate
from components.trainer.loop.params import Optimizer
from components.trainer.loop.rprop import Rprop

# Variables of Keras layers without weight decay: biases, and the scale and offset of
# normalization layers.
NOT_DECAYED: Final = ("bias", "gamma", "beta")
_CLASSES: Final = {
    "adam": keras.optimizers.Adam,
    "sgd": keras.optimizers.SGD,
    # Keras starts the sum of squares at 0.1, as the book does.
    "adagrad": keras.optimizers.Adagrad,
    "rmsprop": keras.optimizers.RMSprop,
    "adadelta": keras.optimizers.Adadelta,
    "rprop": Rprop,
}
# Decay of the squared gradient where the settings name none.
_RHO: Final = {"rmsprop": 0.9, "adadelta": 0.95}
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
        "clipvalue": settings.clip_value or None,
    }
    if settings.ema:
        common |= {"use_ema": True, "ema_momentum": settings.ema}
    # Keras' Adam with `weight_decay` equals its AdamW, and accepts None as well.
    options = {**_own_options(settings), **common}
    optimizer = _CLASSES[settings.name](rate, **options)
    if settings.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=list(NOT_DECAYED))
    return optimizer


def _own_options(settings: Optimizer) -> dict[str, Any]:
    """Options that only this optimizer has."""
    if settings.name == "sgd":
        momentum = settings.momentum
        return {"momentum": momentum, "nesterov": momentum > 0 and settings.nesterov}
    if settings.name == "adam":
        return {"beta_1": settings.beta_1, "beta_2": settings.beta_2}
    if settings.name in _RHO:
        given = settings.rho
        return {"rho": _RHO[settings.name] if given is None else given}
    return {}


def _learning_rate(
    settings: Optimizer, num_steps: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    if settings.schedule == "constant":
        return settings.learning_rate
    if settings.follows_loss:
        return AdaptiveRate(settings)
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
