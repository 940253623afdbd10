# SPDX-License-Identifier: Apache-2.0
"""Checks on TFDV's results: each split against the schema, and skew between splits.

A comparison that TFDV could not make is an error, which counts as a failure.
"""

from collections.abc import Iterable
from typing import Final

from tensorflow_metadata.proto.v0 import anomalies_pb2

from components.contracts.splits import SPLITS
from components.validation.check_settings import CheckSettings
from components.validation.distributions.anomalies import (
    describe_anomalies,
    describe_feature,
)
from components.validation.distributions.settings import DistributionSettings, SkewCheck
from components.validation.distributions.tfdv_files import (
    read_distances,
    read_schema_anomalies,
)
from components.validation.verdict import DataCheck

MEASURE_NAMES: Final = {
    "jensen_shannon": "Jensen-Shannon divergence",
    "l_infinity": "L-infinity distance",
}
_CODES: Final = {"jensen_shannon": "JENSEN_SHANNON_DIVERGENCE", "l_infinity": "L_INFTY"}


def check_distributions(
    example_anomalies_uri: str,
    distribution_anomalies_uri: str,
    settings: DistributionSettings,
) -> tuple[DataCheck, ...]:
    """Return a check per split (schema) and per pair of splits and feature (skew).

    Args:
        example_anomalies_uri: Output folder of ExampleValidator.
        distribution_anomalies_uri: Output folder of DistributionValidator.
        settings: Checks and their limits.
    """
    return (
        *_schema_checks(example_anomalies_uri, settings.fits_schema),
        *_distance_checks(distribution_anomalies_uri, settings),
    )


def distance_check_name(feature: str, evaluated: str, baseline: str) -> str:
    """Return the name of a skew check: `mean_alike_in_test_and_train`."""
    return f"{feature}_alike_in_{evaluated}_and_{baseline}"


def distance_of(
    anomalies: anomalies_pb2.Anomalies | None, feature: str, measure: str
) -> float | None:
    """Return the distance that TFDV measured for a feature; None if it did not."""
    code = anomalies_pb2.DriftSkewInfo.Measurement.Type.Value(_CODES[measure])
    for info in anomalies.drift_skew_info if anomalies else ():
        for measurement in info.drift_measurements:
            if list(info.path.step) == [feature] and measurement.type == code:
                return float(measurement.value)
    return None


def _schema_checks(uri: str, check: CheckSettings) -> Iterable[DataCheck]:
    for split in SPLITS:
        name, wanted = f"{split}_fits_schema", "no anomaly"
        anomalies = read_schema_anomalies(uri, split)
        if anomalies is None:
            yield _error(name, check, wanted, f"no statistics of split {split}")
            continue
        found = describe_anomalies(anomalies)
        yield DataCheck(
            name=name,
            description=check.description,
            severity=check.severity,
            wanted=wanted,
            received="; ".join(found) or "no anomaly",
            status="failed" if found else "passed",
        )


def _distance_checks(uri: str, settings: DistributionSettings) -> Iterable[DataCheck]:
    for evaluated, baseline in settings.pairs:
        anomalies = read_distances(uri, evaluated, baseline)
        for feature, check in settings.features.items():
            name = distance_check_name(feature, evaluated, baseline)
            yield _distance_check(name, check, feature, anomalies)


def _distance_check(
    name: str, check: SkewCheck, feature: str, anomalies: anomalies_pb2.Anomalies | None
) -> DataCheck:
    wanted = f"{MEASURE_NAMES[check.measure]} <= {check.threshold:g}"
    distance = distance_of(anomalies, feature, check.measure)
    if distance is None:
        reason = describe_feature(anomalies, feature) if anomalies else ""
        return _error(name, check, wanted, reason or "TFDV measured no distance")
    # An anomaly other than a distance (a split without values) fails the check too.
    anomaly = describe_feature(anomalies, feature)
    is_far = distance > check.threshold
    return DataCheck(
        name=name,
        description=check.description,
        severity=check.severity,
        wanted=wanted,
        received=f"{distance:.4g}" if is_far or not anomaly else anomaly,
        status="failed" if is_far or anomaly else "passed",
    )


def _error(name: str, check: CheckSettings, wanted: str, reason: str) -> DataCheck:
    return DataCheck(
        name=name,
        description=check.description,
        severity=check.severity,
        wanted=wanted,
        received=f"error: the check could not run: {reason}",
        status="error",
    )
