# SPDX-License-Identifier: Apache-2.0
"""Transform for texts: cut into tokens, and number the tokens of the training split.

A trainer reads both through the transform graph, and the vocabulary with
`tft.TFTransformOutput(folder).vocabulary_by_name(WORDS)`: the first entry has number 1.
The exported model holds the same graph, so a caller's text is cut in the same way.
"""

from collections.abc import Mapping
from typing import Any

from components.contracts.features import TEXT, TOKENS, WORDS
from components.contracts.texts import TOKEN_PATTERN
from components.transform.features import one_value

# Typographic marks and the plain ones that the vocabulary knows.
_PLAIN_MARKS = {
    "[\u2018\u2019]": "'",
    "[\u201c\u201d]": '"',
    "\u2014": "--",
}


def preprocessing_fn(
    inputs: Mapping[str, Any], custom_config: Mapping[str, Any]
) -> dict[str, Any]:
    """Map raw features to what the trainer reads.

    Args:
        inputs: `text` is read: one value per example.
        custom_config: `tokens` is `words` or `characters`.

    Returns:
        `tokens`, strings, and `words`, their int64 numbers: from 1 for the tokens of
        the training split, the most frequent first; 0 for any other.
    """
    import tensorflow_transform as tft

    tokens = tokenize(one_value(inputs[TEXT]), custom_config["tokens"]).to_sparse()
    numbers = tft.compute_and_apply_vocabulary(
        tokens, default_value=-1, vocab_filename=WORDS
    )
    return {TOKENS: tokens, WORDS: _from_one(numbers)}


def tokenize(texts: Any, level: str = "words") -> Any:
    """Cut texts into tokens, in lower case.

    Args:
        texts: UTF-8 strings (texts,).
        level: `words`: words with their apostrophes, dashes and single marks;
            `characters`, with any white space as one blank. Defaults to `words`.

    Returns:
        A ragged tensor of strings (texts, tokens).
    """
    import tensorflow as tf

    plain = tf.strings.lower(texts, encoding="utf-8")
    for marks, mark in _PLAIN_MARKS.items():
        plain = tf.strings.regex_replace(plain, marks, mark)
    if level == "characters":
        plain = tf.strings.regex_replace(tf.strings.strip(plain), r"\s+", " ")
        return tf.strings.unicode_split(plain, "UTF-8")
    return tf.strings.split(
        tf.strings.regex_replace(plain, f"({TOKEN_PATTERN})", r" \1 ")
    )


def _from_one(numbers: Any) -> Any:
    import tensorflow as tf

    return tf.SparseTensor(numbers.indices, numbers.values + 1, numbers.dense_shape)
