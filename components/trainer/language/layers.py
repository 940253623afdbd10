# SPDX-License-Identifier: Apache-2.0
"""The layers that a language model of words has besides its recurrent ones.

Word 0 is the unknown word. It also stands before the first word of a text, for nothing
is known of what comes before that.
"""

from functools import cache
from typing import Any, Final

UNKNOWN: Final = 0


def forget_words(rate: float) -> Any:
    """Make a layer that replaces a share of the words it is given by the unknown one.

    Without it the unknown word would never be seen in training, and the network would
    not know what to make of one.

    Args:
        rate: Share of words replaced; only in training.
    """
    return _classes()["forget"](rate, name="forget_words")


def tied_embedding(num_words: int, size: int, dropout: float) -> Any:
    """Make a layer with a vector per word, to read words and to predict them.

    Called on words it gives their vectors; called on vectors with `reverse=True`, the
    logit of each word: its vector times the other, plus its own bias.

    Args:
        num_words: Words, the unknown one included.
        size: Length of a vector.
        dropout: Share of words that read as nothing, wherever in the batch they stand;
            only in training.
    """
    return _classes()["embedding"](num_words, size, dropout)


@cache
def _classes() -> dict[str, Any]:
    import keras
    from keras import ops

    class ForgetWords(keras.layers.Layer):
        """See `forget_words`."""

        def __init__(self, rate: float, **options: Any) -> None:
            super().__init__(**options)
            self.rate = rate
            self.seed_generator = keras.random.SeedGenerator()

        def call(self, words: Any, training: bool | None = None) -> Any:
            """Replace words, in training."""
            if not training or not self.rate:
                return words
            draws = keras.random.uniform(ops.shape(words), seed=self.seed_generator)
            return ops.where(draws < self.rate, UNKNOWN, words)

    class TiedEmbedding(keras.layers.ReversibleEmbedding):
        """See `tied_embedding`."""

        def __init__(self, num_words: int, size: int, dropout: float) -> None:
            super().__init__(num_words, size, name="embedding")
            self.dropout = keras.layers.Dropout(dropout)

        def build(self, inputs_shape: Any = None) -> None:
            """Make the vectors and the biases."""
            super().build(inputs_shape)
            self.bias = self.add_weight((self.input_dim,), "zeros", name="bias")

        def call(
            self, inputs: Any, reverse: bool = False, training: bool | None = None
        ) -> Any:
            """Read words, or give the logits of all words."""
            found = super().call(inputs, reverse=reverse)
            if reverse:
                return found + self.bias
            # Whole words, so that the network cannot lean on any single one.
            kept = self.dropout(ops.ones((self.input_dim, 1)), training=training)
            return found * ops.take(kept, inputs, axis=0)

    return {"forget": ForgetWords, "embedding": TiedEmbedding}
