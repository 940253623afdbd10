# SPDX-License-Identifier: Apache-2.0
"""Next-token probabilities of a language model, in TensorFlow operations.

`LanguageModel` wraps a network for the exported SavedModel: it scores whole texts and,
for decoding, reads a prompt once and then one token at a time.
"""

from dataclasses import dataclass
from typing import Final

import keras
import tensorflow as tf

from components.trainer.language.layers import UNKNOWN
from components.trainer.language.networks import zero_states

MAX_PROMPT_TOKENS: Final = 1000
"""Of a longer prompt, only the end is read."""

MAX_NEW_TOKENS: Final = 1000
"""Tokens that one call generates at most."""


@dataclass(frozen=True)
class LanguageModel:
    """A network and the number of tokens that its predictions depend on."""

    network: keras.Model
    """Model from `[tokens, *states]` to `[logits, *states]`."""

    context: int | None
    """Preceding tokens that a prediction depends on; None for all of them."""

    window: int | None = None
    """Last tokens that decoding reads, of a network whose states carry nothing.
    Defaults to None: they carry all tokens before."""

    @property
    def _window(self) -> int | None:
        return self.context or self.window

    def score(self, tokens: tf.Tensor) -> tf.Tensor:
        """Compute the distribution at each position, given the tokens before it.

        Args:
            tokens: int32 (texts, tokens).

        Returns:
            Log-probabilities (texts, tokens, vocabulary_size), the unknown token first.
        """
        num_texts, length = tf.shape(tokens)[0], tf.shape(tokens)[1]
        margin = self.context or 1
        before = tf.pad(tokens[:, :-1], [[0, 0], [margin, 0]], constant_values=UNKNOWN)
        if self.context is None:
            states = zero_states(self.network, num_texts)
            logits, *_ = self.network([before, *states])
            # Even a batch of empty texts has one position here.
            return tf.nn.log_softmax(logits)[:, :length]
        windows = tf.signal.frame(before, self.context, 1)
        flat = tf.reshape(windows, [-1, self.context])
        states = zero_states(self.network, tf.shape(flat)[0])
        logits = self.network([flat, *states])[0][:, -1]
        rows = tf.reshape(logits, [num_texts, -1, tf.shape(logits)[-1]])
        return tf.nn.log_softmax(rows)[:, :length]

    def prefill(self, prompt: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Read a prompt.

        Args:
            prompt: int32 (tokens,), may be empty.

        Returns:
            Log-probabilities of the next token (1, known tokens), and the cache for
            `step`.
        """
        if self._window is None:
            tokens = tf.concat([[UNKNOWN], prompt[-MAX_PROMPT_TOKENS:]], axis=0)
            return self._predict(tokens[tf.newaxis, :], zero_states(self.network, 1))
        padding = tf.fill([self._window], UNKNOWN)
        window = tf.concat([padding, prompt], axis=0)[-self._window :]
        return self._predict_window(window[tf.newaxis, :])

    def step(
        self, tokens: tf.Tensor, cache: list[tf.Tensor]
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Read one more token in each of several texts.

        Args:
            tokens: int32 (texts,).
            cache: Final states, or the last window, of the texts so far.

        Returns:
            Log-probabilities of the next token (texts, known tokens), and the cache for
            the next step.
        """
        if self._window is None:
            return self._predict(tokens[:, tf.newaxis], cache)
        (window,) = cache
        return self._predict_window(
            tf.concat([window[:, 1:], tokens[:, tf.newaxis]], axis=1)
        )

    def _predict_window(self, window: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        window = tf.ensure_shape(window, [None, self._window])
        states = zero_states(self.network, tf.shape(window)[0])
        log_probabilities, _ = self._predict(window, states)
        return log_probabilities, [window]

    def _predict(
        self, tokens: tf.Tensor, states: list[tf.Tensor]
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        logits, *final = self.network([tokens, *states], training=False)
        # Normalised over the known tokens: the unknown token is never generated.
        return tf.nn.log_softmax(logits[:, -1, UNKNOWN + 1 :]), final
