# SPDX-License-Identifier: Apache-2.0
"""Descriptions of TFDV's anomalies, many of which it reports as a code only."""

from typing import Final, TypeAlias

from tensorflow_metadata.proto.v0 import anomalies_pb2

Reason: TypeAlias = anomalies_pb2.AnomalyInfo.Reason | anomalies_pb2.AnomalyInfo

# For readers of the report; TFDV's own sentence follows in brackets.
_DESCRIPTIONS: Final = {
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
    "COMPARATOR_TREATMENT_DATA_MISSING": "has no values in the evaluated split",
    "COMPARATOR_L_INFTY_HIGH": "is distributed differently",
    "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH": "is distributed differently",
}


def describe_anomalies(anomalies: anomalies_pb2.Anomalies) -> list[str]:
    """Return one sentence per anomaly, sorted."""
    if anomalies.data_missing:
        return ["there are no examples"]
    sentences = [
        f"{name}: {_describe(reason)}"
        for name, info in anomalies.anomaly_info.items()
        for reason in info.reason or [info]
    ]
    sentences += map(_describe, anomalies.dataset_anomaly_info.reason)
    return sorted(sentences)


def describe_feature(anomalies: anomalies_pb2.Anomalies, feature: str) -> str:
    """Return the anomalies of one feature, `""` if it has none."""
    if feature not in anomalies.anomaly_info:
        return ""
    return "; ".join(map(_describe, anomalies.anomaly_info[feature].reason))


def _describe(reason: Reason) -> str:
    summary = _summarise(reason)
    detail = (reason.description or reason.short_description).strip().rstrip(".")
    return f"{summary} ({detail})" if detail and detail != summary else summary


def _summarise(reason: Reason) -> str:
    # Where TFDV gives no reason, the summary of the feature stands in: without a type.
    number = getattr(reason, "type", anomalies_pb2.AnomalyInfo.UNKNOWN_TYPE)
    code: str = anomalies_pb2.AnomalyInfo.Type.Name(number)
    described = _DESCRIPTIONS.get(code) or reason.short_description
    return described or code.lower().replace("_", " ")
