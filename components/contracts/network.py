# SPDX-License-Identifier: Apache-2.0
"""What a user's own network gets, and what it must return.

The key `network` of a trainer names a function

    build_model(inputs, output, params) -> keras.Model

of `inputs`, a mapping of names to `InputSpec`; `output`, an `OutputSpec`; and `params`,
the mapping `network_params` of the same trainer.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class InputSpec:
    """One input of a network: the arguments of its `keras.Input`, and more."""

    shape: tuple[int | None, ...]
    """Shape without the batch: (height, width, channels) of images, (1,) of a column of
    a table, (None,) of a sequence of token ids."""

    dtype: str
    """`uint8` of images, scale 0 to 255; `float32` of scaled numbers, and of images
    that Transform filters or whitens; `int64` of ids, `int32` of the token ids of a
    text."""

    vocabulary_size: int = 0
    """Number of different ids, which are 0 to below it; 0 where values are no ids."""


@dataclass(frozen=True)
class OutputSpec:
    """The output of a network."""

    units: int
    """Size of the last axis: classes, tokens of the vocabulary, channels of an image,
    or 1 for a number."""

    kind: Literal["logits", "number", "pixels"] = "logits"
    """`logits`: before the softmax, float32; `number`: on the scale of the trainer,
    standardised on the training split; `pixels`: from 0, black, to 1, white."""

    classes: tuple[str, ...] = ()
    """Class names in index order; empty where there are none."""

    per_step: bool = False
    """Whether there is an output for each step of a sequence: (n, steps, units)."""

    image_size: tuple[int, ...] = ()
    """Height and width where the output is an image; else empty."""

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Shape without the batch; None stands for any number of steps."""
        return (None,) * self.per_step + (*self.image_size, self.units)
