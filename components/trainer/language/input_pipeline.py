# SPDX-License-Identifier: Apache-2.0
"""Read a split of texts through the transform graph, in reading order."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from components.contracts.features import ITEM_ID, TEXT, WORDS
from components.contracts.texts import consecutive

if TYPE_CHECKING:
    from components.trainer.language.windows import Texts


def read_texts(patterns: Sequence[str], transform_output: str) -> "Texts":
    """Read the texts of a split as numbers of words, paragraphs that follow joined.

    Args:
        patterns: Globs of TFRecord files, as the Trainer hands them over.
        transform_output: Folder of the transform graph.

    Raises:
        ValueError: If there are no texts.
    """
    import numpy as np
    import tensorflow as tf
    import tensorflow_transform as tft

    from components.trainer.language.windows import Texts

    layer = tft.TFTransformOutput(transform_output).transform_features_layer()
    spec = {name: tf.io.FixedLenFeature([], tf.string) for name in (TEXT, ITEM_ID)}
    files = tf.data.Dataset.list_files(list(patterns), shuffle=False)
    item_ids, paragraphs = list[str](), list[Any]()
    for record in tf.data.TFRecordDataset(files):
        raw = tf.io.parse_example(record[tf.newaxis], spec)
        words = layer({TEXT: raw[TEXT]})[WORDS]
        values = words.values if hasattr(words, "values") else words[0]
        item_ids.append(raw[ITEM_ID].numpy()[0].decode())
        paragraphs.append(values.numpy().astype("int32"))
    if not paragraphs:
        raise ValueError(f"no texts in {', '.join(patterns)}")
    return Texts(
        tuple(
            np.concatenate([paragraphs[index] for index in stretch])
            for stretch in consecutive(item_ids)
        )
    )


def read_vocabulary(transform_output: str) -> tuple[str, ...]:
    """The known words in the order of their numbers, the first of which is 1.

    Args:
        transform_output: Folder of the transform graph.
    """
    import tensorflow_transform as tft

    words = tft.TFTransformOutput(transform_output).vocabulary_by_name(WORDS)
    return tuple(word.decode() for word in words)
