# SPDX-License-Identifier: Apache-2.0
"""Rows of a request as raw features: from tf.Examples, from columns, from lines of CSV.

All of it is part of the exported graph. A missing number is NaN, a missing text is
empty; a text that is no number or no date is an error of the request.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

from components.contracts.table_layout import TableLayout

_NAN: Final = float("nan")
_EPOCH: Final = "1970-01-01"
# 2020-01-31, 2020-01-31T12:30 or 2020-01-31 12:30:59.5, without a time zone.
_DATE: Final = (
    r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?)?Z?"
)
_NUMBER: Final = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"

Raw = dict[str, tf.Tensor | tf.SparseTensor]


class RawRows:
    """Maker of raw features, as Transform's graph takes them, of a request.

    Args:
        layout: Columns of the table.
        transform: The transform graph.
    """

    def __init__(self, layout: TableLayout, transform: tft.TFTransformOutput) -> None:
        self._layout = layout
        spec = transform.raw_feature_spec()
        self._spec = {name: spec[name] for name in layout.columns}

    @property
    def columns(self) -> dict[str, tf.TensorSpec]:
        """Inputs of `from_columns`: numbers, and dates and categories as texts."""
        return {
            name: tf.TensorSpec(
                [None], tf.float32 if column.kind == "number" else tf.string, name=name
            )
            for name, column in self._layout.columns.items()
        }

    @property
    def raw(self) -> dict[str, tf.TensorSpec | tf.SparseTensorSpec]:
        """What each of the others returns."""
        return {
            name: tf.TensorSpec([None, *spec.shape], spec.dtype)
            if isinstance(spec, tf.io.FixedLenFeature)
            else tf.SparseTensorSpec([None, None], spec.dtype)
            for name, spec in self._spec.items()
        }

    def from_examples(self, examples: tf.Tensor) -> Raw:
        """Parse serialized tf.Examples, of which any feature may lack its value."""
        spec = {name: _optional(one) for name, one in self._spec.items()}
        raw: Raw = tf.io.parse_example(examples, spec)
        return raw

    def from_columns(self, columns: Mapping[str, tf.Tensor]) -> Raw:
        """Convert columns, (n,) each."""
        raw = {}
        for name, column in self._layout.columns.items():
            values = columns[name]
            if column.kind != "number":
                values = tf.strings.strip(values)
            if column.kind == "date":
                values = _days(values, name)
            raw[name] = self._as_feature(name, values)
        return raw

    def from_csv(self, lines: tf.Tensor) -> Raw:
        """Parse lines (n,) of the columns in their order, separated by commas."""
        texts = tf.io.decode_csv(lines, [[""]] * len(self._layout.columns))
        columns = {}
        pairs = zip(self._layout.columns.items(), texts, strict=True)
        for (name, column), text in pairs:
            stripped = tf.strings.strip(text)
            present = tf.where(_is_any_of(stripped, self._layout.missing), "", stripped)
            columns[name] = (
                _numbers(present, name) if column.kind == "number" else present
            )
        return self.from_columns(columns)

    def _as_feature(self, name: str, values: tf.Tensor) -> tf.Tensor | tf.SparseTensor:
        """Give a dense column (n,) the form that the schema gives the feature."""
        spec = self._spec[name]
        if isinstance(spec, tf.io.FixedLenFeature):
            return tf.reshape(values, [-1, *spec.shape])
        if values.dtype == tf.string:
            is_present = tf.not_equal(values, "")
        else:
            is_present = tf.logical_not(tf.math.is_nan(values))
        rows = tf.where(is_present)
        indices = tf.concat([rows, tf.zeros_like(rows)], axis=1)
        shape = tf.stack([tf.size(values, tf.int64), 1])
        return tf.SparseTensor(indices, tf.boolean_mask(values, is_present), shape)


def _optional(spec: Any) -> Any:
    """A feature that the schema always wants, with what stands for a missing value."""
    if not isinstance(spec, tf.io.FixedLenFeature):
        return spec
    missing = "" if spec.dtype == tf.string else _NAN
    default = np.full(spec.shape, missing, object).tolist()
    return tf.io.FixedLenFeature(spec.shape, spec.dtype, default)


def _is_any_of(texts: tf.Tensor, known: tuple[str, ...]) -> tf.Tensor:
    matches = tf.equal(texts[:, tf.newaxis], tf.constant([*known, ""])[tf.newaxis, :])
    return tf.reduce_any(matches, axis=1)


def _numbers(texts: tf.Tensor, name: str) -> tf.Tensor:
    """Parse numbers; the empty text is NaN."""
    is_missing = tf.equal(texts, "")
    is_number = tf.strings.regex_full_match(texts, _NUMBER)
    texts = _checked(texts, is_missing | is_number, name, "number")
    return tf.strings.to_number(tf.where(is_missing, "nan", texts))


def _days(texts: tf.Tensor, name: str) -> tf.Tensor:
    """Parse dates as days since 1970-01-01; the empty text is NaN."""
    is_missing = tf.equal(texts, "")
    is_date = tf.strings.regex_full_match(texts, _DATE)
    texts = _checked(texts, is_missing | is_date, name, "date such as 2020-01-31")
    texts = tf.where(is_missing, _EPOCH, texts)
    year, month, day, hour, minute, second = (
        _part(texts, number) for number in range(1, 7)
    )
    days = _days_from_civil(year, month, day)
    days += (hour * 3600 + minute * 60 + second) / 86_400
    nan = tf.constant(_NAN, tf.float64)
    return tf.cast(tf.where(is_missing, nan, days), tf.float32)


def _part(texts: tf.Tensor, number: int) -> tf.Tensor:
    """One group of the pattern of dates as float64; 0 where it is not there."""
    part = tf.strings.regex_replace(texts, f"^{_DATE}$", rf"\{number}")
    return tf.strings.to_number(tf.where(tf.equal(part, ""), "0", part), tf.float64)


def _days_from_civil(year: tf.Tensor, month: tf.Tensor, day: tf.Tensor) -> tf.Tensor:
    """Days since 1970-01-01 of a date of the Gregorian calendar (Hinnant 2013)."""
    # Years begin in March, so that the leap day is the last one.
    year -= tf.cast(month <= 2, tf.float64)
    month = tf.math.floormod(month - 3, 12)
    era = tf.floor(year / 400)
    year_of_era = year - era * 400
    day_of_year = tf.floor((153 * month + 2) / 5) + day - 1
    leap_days = tf.floor(year_of_era / 4) - tf.floor(year_of_era / 100)
    day_of_era = year_of_era * 365 + leap_days + day_of_year
    return era * 146_097 + day_of_era - 719_468


def _checked(texts: tf.Tensor, holds: tf.Tensor, name: str, expected: str) -> tf.Tensor:
    """The texts of a column, or an error that shows those that break a rule."""
    wrong = tf.boolean_mask(texts, tf.logical_not(holds))
    message = f"column {name}: expected a {expected}. Received:"
    # Without the dependency, the conversion that follows may fail before.
    check = tf.debugging.Assert(tf.reduce_all(holds), [message, wrong])
    with tf.control_dependencies([check]):
        return tf.identity(texts)
