# SPDX-License-Identifier: Apache-2.0
"""Anomalies that TFDV reports, in words."""

from tensorflow_metadata.proto.v0 import anomalies_pb2

from components.validation.distributions.anomalies import (
    _DESCRIPTIONS,
    describe_anomalies,
)


def test_anomaly_without_a_description_gets_one() -> None:
    anomalies = anomalies_pb2.Anomalies()
    reason = anomalies.anomaly_info["mean"].reason.add()
    reason.type = anomalies_pb2.AnomalyInfo.FLOAT_TYPE_HAS_NAN
    anomalies.anomaly_info["std"].short_description = "Odd"
    anomalies.dataset_anomaly_info.reason.add().type = (
        anomalies_pb2.AnomalyInfo.DATASET_LOW_NUM_EXAMPLES
    )
    assert describe_anomalies(anomalies) == [
        "mean: has values that are not a number",
        "std: Odd",
        "there are too few examples",
    ]
    anomalies.data_missing = True
    assert describe_anomalies(anomalies) == ["there are no examples"]


def test_every_described_anomaly_is_one_of_tfdv() -> None:
    assert set(_DESCRIPTIONS) <= set(anomalies_pb2.AnomalyInfo.Type.keys())
