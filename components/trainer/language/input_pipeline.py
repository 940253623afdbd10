# SPDX-License-Identifier: Apache-2.0
"""Texts as token ids: read from tf.Examples through the transform graph."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from numpy.typing import NDArray

from components.contracts.features import ITEM_ID, TEXT, WORDS
from components.contracts.texts import consecutive


@dataclass(frozen=True)
class Texts:
    """Token ids of one split."""

    blocks: tuple[NDArray[np.int32], ...]
    """Stretches of text without a gap, in reading order, each (tokens,); 0 is the
    unknown token."""

    @property
    def num_tokens(self) -> int:
        """Tokens in all blocks together."""
        return sum(map(len, self.blocks))


@dataclass(frozen=True)
class TextData:
    """Input of a trainer of texts; the test split is not part of it."""

    train: Texts
    """Training split."""

    validation: Texts
    """Validation split."""

    vocabulary: tuple[str, ...]
    """Known tokens in the order of their ids, the first of which is 1."""


def read_texts(patterns: Sequence[str], transform_output: str) -> Texts:
    """Read a split; consecutive paragraphs become one block.

    Args:
        patterns: Globs of TFRecord files, as TFX's Trainer passes them.
        transform_output: Folder of the transform graph.

    Raises:
        ValueError: If there are no texts.
    """
    layer = tft.TFTransformOutput(transform_output).transform_features_layer()
    spec = {name: tf.io.FixedLenFeature([], tf.string) for name in (TEXT, ITEM_ID)}
    files = tf.data.Dataset.list_files(list(patterns), shuffle=False)
    item_ids = list[str]()
    paragraphs = list[NDArray[np.int32]]()
    for record in tf.data.TFRecordDataset(files):
        raw = tf.io.parse_example(record[tf.newaxis], spec)
        tokens = layer({TEXT: raw[TEXT]})[WORDS]
        values = tokens.values if hasattr(tokens, "values") else tokens[0]
        item_ids.append(raw[ITEM_ID].numpy()[0].decode())
        paragraphs.append(values.numpy().astype("int32"))
    if not paragraphs:
        raise ValueError(f"no texts in {', '.join(patterns)}")
    return Texts(
        tuple(
            np.concatenate([paragraphs[index] for index in indices])
            for indices in consecutive(item_ids)
        )
    )


def read_vocabulary(transform_output: str) -> tuple[str, ...]:
    """Read the known tokens in the order of their ids, the first of which is 1.

    Args:
        transform_output: Folder of the transform graph.
    """
    tokens = tft.TFTransformOutput(transform_output).vocabulary_by_name(WORDS)
    return tuple(token.decode() for token in tokens)
