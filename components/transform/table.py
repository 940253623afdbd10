# SPDX-License-Identifier: Apache-2.0
"""Transform of the rows of a table: numbers are scaled, categories become ids.

Means, deviations, quantiles and vocabularies are those of the training split. The
exported model contains the same graph and treats requests in the same way.
"""

from collections.abc import Mapping
from typing import Any, Final

import tensorflow as tf
import tensorflow_transform as tft

from components.contracts.features import IS_MISSING, LABEL, TARGET
from components.contracts.table_layout import TableLayout
from components.core.records import read_record
from components.transform.features import Feature, one_value, value_or
from components.transform.labels import label_features

# Ids of categories and of buckets: a missing value, an unknown one, then the others.
MISSING_ID: Final = 0
UNKNOWN_ID: Final = 1
FIRST_ID: Final = 2
# Of the categories of a column; rarer ones are unknown.
MAX_VOCABULARY: Final = 10_000

_NAN: Final = float("nan")


def preprocessing_fn(
    inputs: Mapping[str, Feature], custom_config: Mapping[str, Any]
) -> dict[str, tf.Tensor]:
    """Map raw features to the trainer's features.

    Args:
        inputs: Features with at most one value per example: the columns of the table,
            and `label` (string) or `target` (float32).
        custom_config: `table`: the layout; `classes`: class names in the order of their
            indices.

    Returns:
        Vectors (n,). Of each number and date its name: float32, with mean 0 and
        deviation 1 where it is present, 0 where it is missing; or int64 ids of its
        buckets, if it has some. Of each of them that may miss values
        `<name>_is_missing`: float32, 0 or 1. Of each category its name: int64 ids, 0
        missing, 1 unknown, from 2 by descending frequency; the vocabulary has the name
        of the feature. `label` and `label_weight` as of images, or `target`: float32,
        unchanged.
    """
    layout = read_record(TableLayout, custom_config["table"], "table")
    outputs = _number_features(inputs, layout)
    for name in layout.categories:
        outputs[name] = _ids(value_or(inputs[name], ""), name)
    if layout.is_regression:
        return {**outputs, TARGET: one_value(inputs[TARGET])}
    labels = one_value(inputs[LABEL])
    return {**outputs, **label_features(labels, custom_config["classes"])}


def _number_features(
    inputs: Mapping[str, Feature], layout: TableLayout
) -> dict[str, tf.Tensor]:
    """Scale numbers and dates, or sort them into buckets."""
    names = layout.numbers
    if not names:
        return {}
    # As one matrix: an analyzer for each of a hundred columns would take minutes.
    columns = [value_or(inputs[name], _NAN) for name in names]
    values = tf.stack(columns, axis=1)
    is_missing = tf.logical_not(tf.math.is_finite(values))
    # The analyzers leave out NaN, but not what is infinite.
    values = tf.where(is_missing, _NAN, values)
    scaled = tft.scale_to_z_score(values, elementwise=True)
    # Also NaN where no row of the training split has a number.
    scaled = tf.where(tf.math.is_finite(scaled), scaled, 0.0)
    outputs = {}
    for place, name in enumerate(names):
        if buckets := layout.columns[name].buckets:
            outputs[name] = _bucket_ids(values[:, place], is_missing[:, place], buckets)
        else:
            outputs[name] = scaled[:, place]
        if isinstance(inputs[name], tf.SparseTensor):
            is_it = tf.cast(is_missing[:, place], tf.float32)
            outputs[f"{name}{IS_MISSING}"] = is_it
    return outputs


def _ids(texts: tf.Tensor, name: str) -> tf.Tensor:
    """Return the ids of a category, whose missing value is the empty text."""
    is_present = tf.not_equal(texts, "")
    vocabulary = tft.vocabulary(
        tf.boolean_mask(texts, is_present), top_k=MAX_VOCABULARY, vocab_filename=name
    )
    ids = tft.apply_vocabulary(texts, vocabulary, default_value=UNKNOWN_ID - FIRST_ID)
    return tf.where(is_present, ids + FIRST_ID, tf.constant(MISSING_ID, ids.dtype))


def _bucket_ids(
    values: tf.Tensor, is_missing: tf.Tensor, num_buckets: int
) -> tf.Tensor:
    """Return the ids of the buckets of numbers, of which none is unknown."""
    present = tf.boolean_mask(values, tf.logical_not(is_missing))
    boundaries = tft.quantiles(present, num_buckets, epsilon=1 / (100 * num_buckets))
    ids = tft.apply_buckets(values, boundaries)
    return tf.where(is_missing, tf.constant(MISSING_ID, ids.dtype), ids + FIRST_ID)
