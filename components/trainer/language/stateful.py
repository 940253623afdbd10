# SPDX-License-Identifier: Apache-2.0
"""Truncated back-propagation through time: the state goes on where a window ends.

The gradient stops at the window's edge; what the network remembers does not.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from components.trainer.language.networks import NetworkParams


def carry_state(network: Any, params: "NetworkParams", batch_size: int) -> Any:
    """Wrap a network so that Keras can train it on windows that follow each other.

    Args:
        network: What `build_network` makes.
        params: Its architecture.
        batch_size: Rows of a batch, each with a state of its own.

    Returns:
        A Keras model from `(words, is_first)` to logits. `is_first` is 1 for windows
        that begin with nothing before them. The states are among its variables, so a
        checkpoint holds them.
    """
    return _model_class()(network, params.num_states, (batch_size, params.units))


@cache
def _model_class() -> Any:
    import keras

    class CarriedState(keras.Model):
        """See `carry_state`."""

        def __init__(
            self, network: Any, num_states: int, shape: tuple[int, int]
        ) -> None:
            super().__init__()
            self.network = network
            self.states = [
                self.add_weight(shape, "zeros", trainable=False, name=f"state_{i}")
                for i in range(num_states)
            ]

        def call(self, inputs: Any, training: bool | None = None) -> Any:
            """Give the logits, and keep the state for the next window."""
            words, is_first = inputs
            before = [state * (1 - is_first) for state in self.states]
            logits, *after = self.network([words, *before], training=training)
            for state, value in zip(self.states, after, strict=True):
                state.assign(value)
            return logits

    return CarriedState
