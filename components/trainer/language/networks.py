# SPDX-License-Identifier: Apache-2.0
"""The network of the language models: words and a state in, logits and a state out.

    embedding -> recurrent layers -> the same embedding, transposed

What the state is good for is the caller's choice: carried from window to window, or
zero before each one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from components.core.checks import expect
from components.trainer.language.layers import forget_words, tied_embedding

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class NetworkParams:
    """What a user may choose about the network of a language model."""

    cell: Literal["lstm", "gru"] = "lstm"
    """Kind of recurrent layer."""

    units: int = 320
    """Size of a word's vector and of each layer's state."""

    num_layers: int = 1
    """Recurrent layers, one upon the other."""

    dropout: float = 0.0
    """Share of features hidden below and above each recurrent layer, the same ones at
    every step of a window."""

    recurrent_dropout: float = 0.0
    """Share of a state hidden on its way from step to step."""

    word_dropout: float = 0.0
    """Share of the vocabulary that reads as nothing, redrawn at each training step."""

    unknown_inputs: float = 0.0
    """Share of input words replaced by the unknown word in training."""

    def __post_init__(self) -> None:
        expect(self.units > 0, "units", "1 or more", self.units)
        expect(self.num_layers > 0, "num_layers", "1 or more", self.num_layers)
        for name in ("dropout", "recurrent_dropout", "word_dropout", "unknown_inputs"):
            share = getattr(self, name)
            expect(0 <= share < 1, name, "0 to below 1", share)

    @property
    def num_states(self) -> int:
        """Vectors that a state consists of: two for each LSTM layer, one for a GRU."""
        return self.num_layers * (2 if self.cell == "lstm" else 1)


def build_network(
    params: NetworkParams, num_words: int, num_steps: int | None = None
) -> Any:
    """Build the network.

    Args:
        params: Its architecture.
        num_words: Words, the unknown one included.
        num_steps: Length of the windows; steps are unrolled then, which is faster.
            Defaults to None, any length.

    Returns:
        A Keras model from `[words, *states]` to `[logits, *states]`: words int32
        (batch, steps), logits (batch, steps, num_words), states (batch, units).
    """
    import keras

    words = keras.Input((num_steps,), dtype="int32", name="words")
    states = [
        keras.Input((params.units,), name=f"state_{i}")
        for i in range(params.num_states)
    ]
    embedding = tied_embedding(num_words, params.units, params.word_dropout)
    tensor = _drop(params, embedding(forget_words(params.unknown_inputs)(words)))
    layer_class = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[params.cell]
    per_layer = params.num_states // params.num_layers
    ends = []
    for start in range(0, params.num_states, per_layer):
        layer = layer_class(
            params.units,
            recurrent_dropout=params.recurrent_dropout,
            return_sequences=True,
            return_state=True,
            unroll=num_steps is not None,
        )
        tensor, *end = layer(tensor, initial_state=states[start : start + per_layer])
        tensor = _drop(params, tensor)
        ends += end
    logits = embedding(tensor, reverse=True)
    return keras.Model([words, *states], [logits, *ends])


def build_committee(networks: Sequence[Any]) -> Any:
    """Let networks predict together: the mean of their probabilities.

    Args:
        networks: Of one vocabulary; what `build_network` makes.

    Returns:
        A network like each of them, whose state is those of all.
    """
    import keras

    if len(networks) == 1:
        return networks[0]
    words = keras.Input((None,), dtype="int32", name="words")
    states, answers, ends = list[Any](), list[Any](), list[Any]()
    for number, network in enumerate(networks):
        # Names are unique within a network.
        network.name = f"member_{number}"
        own = [keras.Input(state.shape[1:]) for state in network.inputs[1:]]
        logits, *after = network([words, *own])
        states += own
        ends += after
        answers.append(keras.ops.log_softmax(logits))
    together = keras.ops.logsumexp(keras.ops.stack(answers), axis=0)
    return keras.Model([words, *states], [together, *ends])


def word_vectors(network: Any) -> "NDArray[Any]":
    """The vector of each word that a network reads, the unknown one first."""
    vectors: NDArray[Any] = network.get_layer("embedding").embeddings.numpy()
    return vectors


def zero_states(network: Any, batch_size: Any) -> list[Any]:
    """The state before the first word, for a batch of texts."""
    import tensorflow as tf

    sizes = [state.shape[-1] for state in network.inputs[1:]]
    return [tf.zeros([batch_size, size]) for size in sizes]


def _drop(params: NetworkParams, tensor: Any) -> Any:
    import keras

    # One mask for all steps of a window.
    return keras.layers.SpatialDropout1D(params.dropout)(tensor)
