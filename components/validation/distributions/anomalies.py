# SPDX-License-Identifier: Apache-2.0
"""TFDV's anomalies in words; it names many by a code only, or not at all."""

from typing import Any, Final

# What a reader of the report needs to know; TFDV's own sentence follows in brackets.
_WORDS: Final = {
    "SCHEMA_MISSING_COLUMN": "is absent from the examples",
    "SCHEMA_NEW_COLUMN": "is not in the schema",
    "ENUM_TYPE_UNEXPECTED_STRING_VALUES": "has values that the schema does not list",
    "ENUM_TYPE_BYTES_NOT_STRING": "has bytes where the schema lists text",
    "ENUM_TYPE_INT_NOT_STRING": "has whole numbers where the schema lists text",
    "ENUM_TYPE_FLOAT_NOT_STRING": "has numbers where the schema lists text",
    "FLOAT_TYPE_BIG_FLOAT": "has values above the schema's largest",
    "FLOAT_TYPE_SMALL_FLOAT": "has values below the schema's smallest",
    "FLOAT_TYPE_HAS_NAN": "has values that are not a number",
    "FLOAT_TYPE_HAS_INF": "has infinite values",
    "FLOAT_TYPE_NOT_FLOAT": "has another type than the schema's float",
    "INT_TYPE_BIG_INT": "has values above the schema's largest",
    "INT_TYPE_SMALL_INT": "has values below the schema's smallest",
    "UNEXPECTED_DATA_TYPE": "has another type than the schema says",
    "FEATURE_TYPE_LOW_FRACTION_PRESENT": "is absent from some examples",
    "FEATURE_TYPE_LOW_NUMBER_PRESENT": "is present in too few examples",
    "FEATURE_TYPE_NOT_PRESENT": "is absent from the examples",
    "FEATURE_TYPE_LOW_NUMBER_VALUES": "has too few values in some examples",
    "FEATURE_TYPE_HIGH_NUMBER_VALUES": "has too many values in some examples",
    "INVALID_FEATURE_SHAPE": "has another number of values than the schema's shape",
    "DATASET_LOW_NUM_EXAMPLES": "there are too few examples",
    "DATASET_HIGH_NUM_EXAMPLES": "there are too many examples",
    "STATS_NOT_AVAILABLE": "could not be compared",
    "COMPARATOR_CONTROL_DATA_MISSING": "has no values in the baseline",
    "COMPARATOR_TREATMENT_DATA_MISSING": "has no values in the judged split",
    "COMPARATOR_L_INFTY_HIGH": "is distributed differently",
    "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH": "is distributed differently",
}


def in_words(anomalies: Any) -> list[str]:
    """One sentence per anomaly, sorted; empty when there is none.

    Args:
        anomalies: A `tensorflow_metadata` Anomalies message.
    """
    if anomalies.data_missing:
        return ["there are no examples"]
    sentences = [
        f"{name}: {_reason(reason)}"
        for name, info in anomalies.anomaly_info.items()
        for reason in info.reason or [info]
    ]
    sentences += map(_reason, anomalies.dataset_anomaly_info.reason)
    return sorted(sentences)


def feature_in_words(anomalies: Any, feature: str) -> str:
    """What is wrong with one feature, `""` if nothing."""
    if feature not in anomalies.anomaly_info:
        return ""
    return "; ".join(map(_reason, anomalies.anomaly_info[feature].reason))


def _reason(reason: Any) -> str:
    words = _words(reason)
    detail = (reason.description or reason.short_description).strip().rstrip(".")
    return f"{words} ({detail})" if detail and detail != words else words


def _words(reason: Any) -> str:
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    # A feature's summary has no type of its own where TFDV gives no reason.
    number = getattr(reason, "type", anomalies_pb2.AnomalyInfo.UNKNOWN_TYPE)
    code: str = anomalies_pb2.AnomalyInfo.Type.Name(number)
    return (
        _WORDS.get(code) or reason.short_description or code.lower().replace("_", " ")
    )
