# SPDX-License-Identifier: Apache-2.0
"""Settings of the training loop: optimizer, schedule, batch size, number format."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from components.core.checks import expect

# Items per step, or all of the training split: one step per epoch.
BatchSize = int | Literal["all"]
# Schedules that follow the loss, epoch by epoch.
ADAPTIVE: Final = ("raise_while_falling", "reduce_on_plateau")
Precision = Literal["auto", "float32", "bfloat16", "float16"]


@dataclass(frozen=True)
class Optimizer:
    """Optimizer and learning-rate schedule."""

    learning_rate: float
    """Learning rate; with a schedule, its peak."""

    name: Literal["adam", "sgd", "adagrad", "rmsprop", "adadelta", "rprop"] = "adam"
    """`adam` (Kingma and Ba 2015; with weight decay AdamW), `sgd` with momentum,
    `adagrad` (Duchi et al. 2011), `rmsprop` (Hinton 2012), `adadelta` (Zeiler 2012), or
    `rprop` (Riedmiller and Braun 1993), whose first step is the learning rate, and
    which needs `batch_size: all`: it compares signs of successive gradients."""

    schedule: Literal[
        "constant", "one_cycle", "linear", "raise_while_falling", "reduce_on_plateau"
    ] = "constant"
    """`one_cycle`: linear warm-up to the peak, then cosine decay to 0 (after Smith
    2018); `linear`: linear decay to 0 from the first step; `raise_while_falling`: up by
    `raise_by` after an epoch with a lower training loss, down by `lower_by` after one
    with a higher; `reduce_on_plateau`: down by `lower_by` after `patience` epochs
    without a lower validation loss, or training loss where the family has no other."""

    warmup: float = 0.1
    """Share of all steps that `one_cycle` warms up for."""

    weight_decay: float = 0.0
    """Decoupled weight decay, in units of the learning rate (Loshchilov and Hutter
    2019). Biases and the scales of normalization layers have none."""

    momentum: float = 0.9
    """Momentum of `sgd`; 0 is plain gradient descent."""

    nesterov: bool = True
    """Take the gradient of `sgd` where the momentum leads (Nesterov 1983)."""

    rho: float | None = None
    """Decay of the running mean of the squared gradient of `rmsprop` and `adadelta`.
    Defaults to 0.9 and 0.95."""

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

    clip_value: float = 0.0
    """Largest absolute value of each number of the gradient; 0 for no clipping."""

    raise_by: float = 1.05
    """Factor by which `raise_while_falling` raises the rate."""

    lower_by: float = 0.5
    """Factor by which a schedule that follows the loss lowers the rate."""

    patience: int = 3
    """Epochs without a lower loss before `reduce_on_plateau` lowers the rate."""

    def __post_init__(self) -> None:
        expect(self.learning_rate > 0, "learning_rate", "above 0", self.learning_rate)
        expect(0 <= self.warmup < 1, "warmup", "0 to below 1", self.warmup)
        expect(self.weight_decay >= 0, "weight_decay", "0 or more", self.weight_decay)
        expect(0 <= self.momentum < 1, "momentum", "0 to below 1", self.momentum)
        expect(0 <= self.beta_1 < 1, "beta_1", "0 to below 1", self.beta_1)
        expect(0 <= self.beta_2 < 1, "beta_2", "0 to below 1", self.beta_2)
        expect(0 <= self.ema < 1, "ema", "0 to below 1", self.ema)
        expect(self.clip_norm >= 0, "clip_norm", "0 or more", self.clip_norm)
        expect(self.clip_value >= 0, "clip_value", "0 or more", self.clip_value)
        is_one = not (self.clip_norm and self.clip_value)
        expect(is_one, "clip_value", "none beside `clip_norm`", self.clip_value)
        rho = self.rho
        expect(rho is None or 0 <= rho < 1, "rho", "0 to below 1", rho)
        expect(self.raise_by >= 1, "raise_by", "1 or more", self.raise_by)
        expect(0 < self.lower_by < 1, "lower_by", "above 0, below 1", self.lower_by)
        expect(self.patience > 0, "patience", "1 or more", self.patience)
        is_fixed = self.name != "rprop" or self.schedule == "constant"
        wanted = "`constant` with `rprop`, which adapts its steps itself"
        expect(is_fixed, "schedule", wanted, self.schedule)

    @property
    def follows_loss(self) -> bool:
        """Whether the learning rate depends on the losses of the epochs."""
        return self.schedule in ADAPTIVE


@dataclass(frozen=True)
class EarlyStopping:
    """When a training stops before its last epoch, and which weights are kept."""

    patience: int = 0
    """Epochs without a better one after which the training stops, and the weights of
    the best epoch are exported; 0 for never, and the weights of the last."""

    metric: Literal["val_loss", "val_accuracy"] = "val_loss"
    """What is better: a lower loss of the validation split, or a higher accuracy."""

    def __post_init__(self) -> None:
        expect(self.patience >= 0, "patience", "0 or more", self.patience)

    def score(self, metrics: Mapping[str, float]) -> float:
        """Return the metric of an epoch as a number of which the lowest is best."""
        value = metrics[self.metric]
        return 1 - value if self.metric == "val_accuracy" else value


def check_batches(batch_size: BatchSize, optimizer: Optimizer) -> None:
    """Refuse a size of batches that is none, or that the optimizer cannot use.

    Args:
        batch_size: Items per step.
        optimizer: What takes the steps.

    Raises:
        ValueError: If it is below 1, or not `all` for `rprop`.
    """
    is_all = batch_size == "all"
    is_size = is_all or (isinstance(batch_size, int) and batch_size > 0)
    expect(is_size, "batch_size", "1 or more", batch_size)
    wanted = "`all` with `rprop`: the gradient of a part may have another sign"
    expect(is_all or optimizer.name != "rprop", "batch_size", wanted, batch_size)
