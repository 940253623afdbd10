# SPDX-License-Identifier: Apache-2.0
"""Sampling from a language model, in TensorFlow operations.

With temperature, top-k (Fan et al. 2018) and nucleus or top-p (Holtzman et al. 2020).
The operations are part of the exported SavedModel. The unknown token is never
generated.
"""

from typing import Any

import tensorflow as tf

from components.trainer.language.model import MAX_NEW_TOKENS, LanguageModel


def sample(
    model: LanguageModel,
    prompt: tf.Tensor,
    num_tokens: tf.Tensor,
    temperature: tf.Tensor,
    top_k: tf.Tensor,
    top_p: tf.Tensor,
    seed: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Continue a prompt with randomly drawn tokens.

    Args:
        model: The language model.
        prompt: int32 (tokens,), may be empty.
        num_tokens: Tokens to generate, at most MAX_NEW_TOKENS.
        temperature: Divisor of the log-probabilities: above 1 flattens the
            distribution, below 1 sharpens it; 0 is greedy decoding.
        top_k: Draw from the k most probable tokens only; 0 for all.
        top_p: Draw from the smallest set of tokens whose probabilities sum to this
            share; 1 for all.
        seed: The same seed generates the same tokens.

    Returns:
        The tokens, int32 (num_tokens,), and the probability of each under the
        unmodified distribution, float32 (num_tokens,).
    """
    num_steps = tf.clip_by_value(num_tokens, 0, MAX_NEW_TOKENS)
    tokens = tf.TensorArray(tf.int32, num_steps, element_shape=[])
    token_probabilities = tf.TensorArray(tf.float32, num_steps, element_shape=[])

    def generate(
        step: tf.Tensor,
        log_probabilities: tf.Tensor,
        cache: list[tf.Tensor],
        *generated: Any,
    ) -> tuple[Any, ...]:
        filtered = filter_top_k_top_p(log_probabilities, temperature, top_k, top_p)
        step_seed = tf.stack([tf.cast(seed, tf.int32), step])
        drawn = tf.random.stateless_categorical(
            filtered, 1, seed=step_seed, dtype=tf.int32
        )[:, 0]
        token = drawn + 1
        following, cache = model.step(token, cache)
        probability = tf.exp(log_probabilities[0, drawn[0]])
        arrays = (
            generated[0].write(step, token[0]),
            generated[1].write(step, probability),
        )
        return step + 1, following, cache, *arrays

    *_, tokens, token_probabilities = tf.while_loop(
        lambda step, *_: step < num_steps,
        generate,
        (0, *model.prefill(prompt), tokens, token_probabilities),
    )
    return tokens.stack(), token_probabilities.stack()


def filter_top_k_top_p(
    log_probabilities: tf.Tensor,
    temperature: tf.Tensor,
    top_k: tf.Tensor,
    top_p: tf.Tensor,
) -> tf.Tensor:
    """Apply the temperature, then set excluded tokens to minus infinity.

    Args:
        log_probabilities: float32 (texts, tokens).
        temperature: As in `sample`; both filters apply to the distribution after it.
        top_k: As in `sample`.
        top_p: As in `sample`.

    Returns:
        Unnormalised log-probabilities (texts, tokens).
    """
    size = tf.shape(log_probabilities)[1]
    is_greedy = temperature <= 0
    rows = log_probabilities / tf.where(is_greedy, 1.0, temperature)
    descending = tf.sort(rows, direction="DESCENDING")
    probabilities = tf.nn.softmax(descending)
    # A token is in the nucleus while those before it sum to less: always the first one.
    before = tf.cumsum(probabilities, axis=1, exclusive=True)
    in_nucleus = before < tf.maximum(top_p, 1e-6)
    num_kept = tf.reduce_sum(tf.cast(in_nucleus, tf.int32), axis=1, keepdims=True)
    limit = tf.where(top_k > 0, tf.minimum(top_k, size), size)
    num_kept = tf.minimum(num_kept, tf.where(is_greedy, 1, limit))
    # By rank, not by value: of equally probable tokens only some may be kept.
    order = tf.argsort(rows, direction="DESCENDING", stable=True)
    rank = tf.argsort(order, stable=True)
    return tf.where(rank < num_kept, rows, tf.fill(tf.shape(rows), -float("inf")))
