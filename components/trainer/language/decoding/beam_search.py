# SPDX-License-Identifier: Apache-2.0
"""Beam search with a language model, in TensorFlow operations.

The operations are part of the exported SavedModel. The unknown token is never
generated.
"""

from typing import Any, Final

import tensorflow as tf

from components.trainer.language.model import MAX_NEW_TOKENS, LanguageModel

MAX_BEAMS: Final = 32


def beam_search(
    model: LanguageModel, prompt: tf.Tensor, num_tokens: tf.Tensor, num_beams: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Continue a prompt with the most probable sequence that beam search finds.

    Args:
        model: The language model.
        prompt: int32 (tokens,), may be empty.
        num_tokens: Tokens to generate, at most MAX_NEW_TOKENS.
        num_beams: Sequences kept per step, at most MAX_BEAMS; 1 is greedy decoding.

    Returns:
        The tokens of the best sequence, int32 (num_tokens,), and the probability of
        each, float32 (num_tokens,).
    """
    num_steps = tf.clip_by_value(num_tokens, 0, MAX_NEW_TOKENS)
    beams = tf.clip_by_value(num_beams, 1, MAX_BEAMS)
    log_probabilities, cache = model.prefill(prompt)
    log_probabilities, *cache = (
        tf.repeat(tensor, beams, axis=0) for tensor in (log_probabilities, *cache)
    )
    # All beams are equal at first, so only the first one may be expanded.
    is_first = tf.range(beams) == 0
    scores = tf.where(is_first, 0.0, -float("inf"))
    sequences = tf.zeros([beams, num_steps], tf.int32)
    token_probabilities = tf.zeros([beams, num_steps])

    def expand_beams(
        step: tf.Tensor,
        log_probabilities: tf.Tensor,
        cache: list[tf.Tensor],
        scores: tf.Tensor,
        *generated: tf.Tensor,
    ) -> tuple[Any, ...]:
        size = tf.shape(log_probabilities)[1]
        candidates = tf.reshape(scores[:, tf.newaxis] + log_probabilities, [-1])
        scores, indices = tf.math.top_k(candidates, beams)
        parents, drawn = indices // size, indices % size
        at_step = tf.one_hot(step, num_steps, on_value=True, off_value=False)
        sequences, probabilities = (tf.gather(rows, parents) for rows in generated)
        drawn_probabilities = tf.exp(
            tf.gather_nd(log_probabilities, tf.stack([parents, drawn], axis=1))
        )
        tokens = drawn + 1
        sequences = tf.where(at_step, tokens[:, tf.newaxis], sequences)
        probabilities = tf.where(
            at_step, drawn_probabilities[:, tf.newaxis], probabilities
        )
        cache = [tf.gather(tensor, parents) for tensor in cache]
        log_probabilities, cache = model.step(tokens, cache)
        return step + 1, log_probabilities, cache, scores, sequences, probabilities

    *_, sequences, token_probabilities = tf.while_loop(
        lambda step, *_: step < num_steps,
        expand_beams,
        (0, log_probabilities, cache, scores, sequences, token_probabilities),
    )
    # Top-k returns the beams in descending order of their scores.
    return sequences[0], token_probabilities[0]
