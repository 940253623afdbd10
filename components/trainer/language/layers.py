# SPDX-License-Identifier: Apache-2.0
"""Layers of a language model beside the recurrent ones.

Token 0 is the unknown token. It also takes the place of the token before the first one
of a text.
"""

from typing import Any, Final

import keras
import tensorflow as tf

UNKNOWN: Final = 0


class UnknownTokenDropout(keras.layers.Layer):
    """Layer that replaces random tokens by the unknown token, in training only.

    Without it the unknown token would not occur in training, and its embedding would
    stay random.

    Args:
        rate: Share of tokens replaced.
    """

    def __init__(self, rate: float) -> None:
        super().__init__(name="unknown_token_dropout")
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, tokens: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Replace tokens (batch, steps)."""
        if not training or not self.rate:
            return tokens
        draws = keras.random.uniform(keras.ops.shape(tokens), seed=self.seed_generator)
        return keras.ops.where(draws < self.rate, UNKNOWN, tokens)


class TiedEmbedding(keras.layers.ReversibleEmbedding):
    """Embedding whose matrix is also that of the output layer (Press & Wolf 2017).

    Called on tokens, it returns their embeddings; called on vectors with
    `reverse=True`, the logits of all tokens: inner products with the embeddings, plus a
    bias per token.

    Args:
        vocabulary_size: Tokens, the unknown token included.
        size: Length of an embedding.
        dropout: Share of the vocabulary whose embeddings are zero for a whole batch, in
            training only (embedding dropout; Gal & Ghahramani 2016).
    """

    def __init__(self, vocabulary_size: int, size: int, dropout: float) -> None:
        super().__init__(vocabulary_size, size, name="embedding")
        self.dropout = keras.layers.Dropout(dropout)

    def build(self, inputs_shape: Any = None) -> None:
        """Create the embeddings and the biases."""
        super().build(inputs_shape)
        self.bias = self.add_weight((self.input_dim,), "zeros", name="bias")

    def call(
        self, inputs: tf.Tensor, reverse: bool = False, training: bool | None = None
    ) -> tf.Tensor:
        """Return the embeddings of tokens, or the logits of all tokens."""
        outputs = super().call(inputs, reverse=reverse)
        if reverse:
            return outputs + self.bias
        ones = keras.ops.ones((self.input_dim, 1))
        mask = self.dropout(ones, training=training)
        return outputs * keras.ops.take(mask, inputs, axis=0)
