# SPDX-License-Identifier: Apache-2.0
"""Transform of texts: tokenization and vocabulary.

The vocabulary is that of the training split; the trainer reads it with
`tft.TFTransformOutput(folder).vocabulary_by_name(WORDS)`, whose first entry has id 1.
The exported model contains the same graph and tokenizes requests in the same way.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
import tensorflow_transform as tft

from components.contracts.features import TEXT, TOKENS, WORDS
from components.contracts.texts import ASCII_PUNCTUATION, TOKEN_PATTERN
from components.transform.features import one_value


def preprocessing_fn(
    inputs: Mapping[str, tf.Tensor | tf.SparseTensor],
    custom_config: Mapping[str, Any],
) -> dict[str, tf.SparseTensor]:
    """Map raw features to the trainer's features.

    Args:
        inputs: Features with one value per example, of which `text` (string) is read.
        custom_config: `tokens`: `words` or `characters`.

    Returns:
        Sparse tensors (n, tokens). `tokens`: strings; `words`: int64 token ids, from 1
        by descending frequency in the training split, 0 for an unknown token.
    """
    tokens = tokenize(one_value(inputs[TEXT]), custom_config["tokens"]).to_sparse()
    ids = tft.compute_and_apply_vocabulary(
        tokens, default_value=-1, vocab_filename=WORDS
    )
    return {TOKENS: tokens, WORDS: _from_one(ids)}


def tokenize(texts: tf.Tensor, level: str = "words") -> tf.RaggedTensor:
    """Split texts into lower-case tokens.

    Args:
        texts: UTF-8 strings (n,).
        level: `words`: words with their apostrophes, dashes, and single punctuation
            marks; `characters`, with each run of white space as one blank. Defaults to
            `words`.

    Returns:
        Ragged strings (n, tokens).
    """
    plain = tf.strings.lower(texts, encoding="utf-8")
    for pattern, mark in ASCII_PUNCTUATION.items():
        plain = tf.strings.regex_replace(plain, pattern, mark)
    if level == "characters":
        plain = tf.strings.regex_replace(tf.strings.strip(plain), r"\s+", " ")
        return tf.strings.unicode_split(plain, "UTF-8")
    return tf.strings.split(
        tf.strings.regex_replace(plain, f"({TOKEN_PATTERN})", r" \1 ")
    )


def _from_one(ids: tf.SparseTensor) -> tf.SparseTensor:
    return tf.SparseTensor(ids.indices, ids.values + 1, ids.dense_shape)
