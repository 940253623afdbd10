# SPDX-License-Identifier: Apache-2.0
"""Rows of a table as arrays, read from Ingest's examples through the transform graph.

What Transform gives is what the network takes: each of its features but the answer and
its weight is an input, whoever wrote the preprocessing function.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from numpy.typing import NDArray

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.features import ITEM_ID, LABEL, LABEL_WEIGHT, TARGET
from components.contracts.network import InputSpec
from components.core.errors import UsageError

_ANSWERS: Final = (LABEL, LABEL_WEIGHT, TARGET, ITEM_ID)
# Of a vocabulary, two ids stand for missing and unknown values.
_OTHER_IDS: Final = 2


@dataclass(frozen=True)
class Rows:
    """One split of a table."""

    inputs: Mapping[str, NDArray[Any]]
    """Input of the network -> float32 or int64 (n, size)."""

    answers: NDArray[Any]
    """int64 (n,), index of the class; or float32 (n,), the number."""

    weights: NDArray[np.float32]
    """(n,), weight of the class: inverse share in the training split, mean 1; 1 where
    the answer is a number."""

    def __len__(self) -> int:
        return len(self.answers)


@dataclass(frozen=True)
class TableData:
    """Training and validation split; a trainer does not read the test split."""

    train: Rows
    """The split that is trained on."""

    validation: Rows
    """The split for model selection and calibration."""

    specs: Mapping[str, InputSpec]
    """Input of the network -> its shape, type and number of ids."""

    classes: tuple[str, ...]
    """Class names in index order; empty where the answer is a number."""


def read_table(
    train_files: Sequence[str],
    validation_files: Sequence[str],
    transform_output: str,
    facts: DatasetFacts,
) -> TableData:
    """Read both splits.

    Args:
        train_files: Globs of TFRecord files, as the Trainer passes them.
        validation_files: The same, of the validation split.
        transform_output: Folder of the transform graph.
        facts: The data set, for its classes.

    Raises:
        ValueError: If there are no examples, or a label is none of the classes.
        UsageError: If Transform gives something that is no input of a network.
    """
    transform = tft.TFTransformOutput(transform_output)
    train, validation = (
        _read_rows(files, transform, facts) for files in (train_files, validation_files)
    )
    specs = _input_specs(transform, train)
    train, validation = (_with_known_ids(rows, specs) for rows in (train, validation))
    return TableData(train, validation, specs, tuple(facts.classes))


def as_inputs(
    features: Mapping[str, tf.Tensor], specs: Mapping[str, InputSpec]
) -> dict[str, tf.Tensor]:
    """Make the inputs of a network of transformed features.

    Args:
        features: Features by name, (n,) or (n, size).
        specs: Input -> its shape, type and number of ids.
    """
    inputs = {}
    for name, spec in specs.items():
        values = _as_matrix(features[name])
        if size := spec.vocabulary_size:
            is_known = (values >= 0) & (values < size)
            values = tf.where(is_known, values, tf.constant(size - 1, values.dtype))
        inputs[name] = values
    return inputs


def _as_matrix(values: tf.Tensor) -> tf.Tensor:
    return values[:, tf.newaxis] if values.shape.rank == 1 else values


def _with_known_ids(rows: Rows, specs: Mapping[str, InputSpec]) -> Rows:
    """The same as `as_inputs` does, of arrays."""
    inputs = {}
    for name, values in rows.inputs.items():
        size = specs[name].vocabulary_size
        is_known = (values >= 0) & (values < size)
        inputs[name] = np.where(is_known, values, size - 1) if size else values
    return replace(rows, inputs=inputs)


def _read_rows(
    patterns: Sequence[str], transform: tft.TFTransformOutput, facts: DatasetFacts
) -> Rows:
    """Read a split, sorted by ids: whatever the shards and the order of Beam."""
    files = tf.data.Dataset.list_files(list(patterns), shuffle=False)
    records = tf.data.TFRecordDataset(files).batch(facts.item_kind.examples_at_once)
    raw_spec = transform.raw_feature_spec()
    # Whatever shape the schema gives it.
    raw_spec[ITEM_ID] = tf.io.FixedLenFeature([], tf.string)
    layer = transform.transform_features_layer()
    names = _input_names(transform)
    answer = LABEL if facts.classes else TARGET
    weight = [LABEL_WEIGHT] if facts.classes else []

    def parse(batch: tf.Tensor) -> dict[str, tf.Tensor]:
        raw = tf.io.parse_example(batch, raw_spec)
        item_ids = raw.pop(ITEM_ID)
        features = layer(raw)
        answers = {name: features[name] for name in (answer, *weight)}
        inputs = {name: _as_matrix(features[name]) for name in names}
        return {**inputs, **answers, ITEM_ID: item_ids}

    batches = list(records.map(parse).as_numpy_iterator())
    if not batches:
        raise ValueError(f"no examples in {', '.join(patterns)}")
    columns = {name: np.concatenate([b[name] for b in batches]) for name in batches[0]}
    order = np.argsort(columns.pop(ITEM_ID), kind="stable")
    columns = {name: column[order] for name, column in columns.items()}
    answers = columns.pop(answer)
    _check_labels(answers, facts)
    _check_numbers({name: columns[name] for name in names})
    ones = np.ones(len(answers), np.float32)
    return Rows(
        {name: columns[name] for name in names},
        answers,
        columns.get(LABEL_WEIGHT, ones),
    )


def _input_names(transform: tft.TFTransformOutput) -> list[str]:
    """Names of the features that Transform gives to the network."""
    names = []
    for name, spec in sorted(transform.transformed_feature_spec().items()):
        if name in _ANSWERS:
            continue
        is_dense = isinstance(spec, tf.io.FixedLenFeature) and len(spec.shape) <= 1
        if not is_dense or spec.dtype not in (tf.float32, tf.int64):
            raise UsageError(
                f"Transform gives the feature {name!r}, which is no input of a network."
                "\nExpected float32 or int64 of shape (n,) or (n, size).\n"
                f"Received {_describe(spec)}. Change the preprocessing function."
            )
        names.append(name)
    if not names:
        raise UsageError(
            "Transform gives no feature beside the answer.\nExpected one or more. "
            "Change the preprocessing function."
        )
    return names


def _describe(spec: Any) -> str:
    if not isinstance(spec, tf.io.FixedLenFeature):
        return f"a sparse tensor of {spec.dtype.name}"
    return f"{spec.dtype.name} of shape {('n', *spec.shape)}".replace("'", "")


def _input_specs(transform: tft.TFTransformOutput, train: Rows) -> dict[str, InputSpec]:
    return {
        name: InputSpec(
            shape=tuple(column.shape[1:]),
            dtype=column.dtype.name,
            vocabulary_size=_num_ids(name, column, transform),
        )
        for name, column in train.inputs.items()
    }


def _num_ids(name: str, column: NDArray[Any], transform: tft.TFTransformOutput) -> int:
    """Number of ids of an input; 0 for numbers."""
    if column.dtype != np.int64:
        return 0
    seen = int(column.max()) + 1
    if transform.vocabulary_file_by_name(name):
        known: int = transform.vocabulary_size_by_name(name)
        return max(seen, known + _OTHER_IDS)
    # One more, for ids that training does not show, and for negative ones.
    return seen + 1


def _check_numbers(inputs: Mapping[str, NDArray[Any]]) -> None:
    for name, values in inputs.items():
        if wrong := int((~np.isfinite(values)).sum()):
            raise UsageError(
                f"Transform gives {wrong} values of the feature {name!r} that are "
                "infinite or no numbers.\nExpected none. Replace missing values in the "
                "preprocessing function."
            )


def _check_labels(answers: NDArray[Any], facts: DatasetFacts) -> None:
    if facts.classes and answers.min() < 0:
        raise ValueError(
            f"{(answers < 0).sum()} examples have a label that is none of the classes "
            f"{', '.join(facts.classes)}"
        )
