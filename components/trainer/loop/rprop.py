# SPDX-License-Identifier: Apache-2.0
"""Rprop, which Keras lacks: a step of its own for each weight, by signs alone.

Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning"
(1993), in the form without weight backtracking of Igel and Huesken (2003): after a
change of sign a weight stays where it is for one step.
"""

from collections.abc import Sequence
from typing import Any, Final

import keras
from keras import ops

# Factors and bounds of the paper.
RAISE_BY: Final = 1.2
LOWER_BY: Final = 0.5
SMALLEST_STEP: Final = 1e-6
LARGEST_STEP: Final = 50.0


class Rprop(keras.optimizers.Optimizer):
    """Resilient backpropagation, for the gradient of the whole training split.

    Args:
        learning_rate: First step of every weight. Defaults to 0.001.
        options: Those of `keras.optimizers.Optimizer`.
    """

    def __init__(
        self, learning_rate: float = 0.001, name: str = "rprop", **options: Any
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **options)
        self._first_step = learning_rate

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Make the last gradient and the step of each variable."""
        if self.built:
            return
        super().build(variables)
        gradients, steps = self.add_optimizer_variables(
            variables,
            ["last_gradient", "step"],
            initializer=[
                keras.initializers.Zeros(),
                keras.initializers.Constant(self._first_step),
            ],
        )
        self._gradients, self._steps = gradients, steps

    def update_step(
        self, gradient: Any, variable: keras.Variable, learning_rate: Any
    ) -> None:
        """Take one step of one variable."""
        index = self._get_variable_index(variable)
        last, step = self._gradients[index], self._steps[index]
        gradient = ops.cast(gradient, variable.dtype)
        agreement = ops.sign(gradient) * ops.sign(last)
        factor = ops.where(
            agreement > 0, RAISE_BY, ops.where(agreement < 0, LOWER_BY, 1.0)
        )
        size = ops.clip(step * factor, SMALLEST_STEP, LARGEST_STEP)
        # 0 after a change of sign: no move now, and no comparison in the next step.
        gradient = ops.where(agreement < 0, ops.zeros_like(gradient), gradient)
        self.assign(step, size)
        self.assign(last, gradient)
        self.assign_sub(variable, ops.sign(gradient) * size)
