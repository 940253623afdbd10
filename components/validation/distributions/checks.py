# SPDX-License-Identifier: Apache-2.0
"""Judge what TFDV found: does every split fit the schema, are the splits alike.

TFDV's verdicts are taken as they are. What it could not compare is an error, no pass.
"""

from collections.abc import Iterable
from typing import Any, Final

from components.contracts.splits import SPLITS
from components.validation.distributions.anomalies import feature_in_words, in_words
from components.validation.distributions.tfdv_files import (
    read_distances,
    read_schema_anomalies,
)
from components.validation.items.rules import FeatureRule, Rule
from components.validation.settings import DistributionSettings
from components.validation.verdict import Check

MEASURE_NAMES: Final = {
    "jensen_shannon": "Jensen-Shannon divergence",
    "l_infinity": "L-infinity distance",
}
_CODES: Final = {"jensen_shannon": "JENSEN_SHANNON_DIVERGENCE", "l_infinity": "L_INFTY"}


def check_distributions(
    example_anomalies_uri: str,
    distribution_anomalies_uri: str,
    settings: DistributionSettings,
) -> tuple[Check, ...]:
    """One check per split against the schema, one per pair of splits and feature.

    Args:
        example_anomalies_uri: Folder that ExampleValidator wrote.
        distribution_anomalies_uri: Folder that DistributionValidator wrote.
        settings: What was checked.
    """
    return (
        *_schema_checks(example_anomalies_uri, settings.fits_schema),
        *_distance_checks(distribution_anomalies_uri, settings),
    )


def distance_check_name(feature: str, judged: str, baseline: str) -> str:
    """Under which name a comparison is known: `mean_alike_in_test_and_train`."""
    return f"{feature}_alike_in_{judged}_and_{baseline}"


def distance_of(anomalies: Any, feature: str, measure: str) -> float | None:
    """The distance that TFDV measured, `None` if it did not."""
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    code = anomalies_pb2.DriftSkewInfo.Measurement.Type.Value(_CODES[measure])
    for info in anomalies.drift_skew_info if anomalies else ():
        for measurement in info.drift_measurements:
            if list(info.path.step) == [feature] and measurement.type == code:
                return float(measurement.value)
    return None


def _schema_checks(uri: str, rule: Rule) -> Iterable[Check]:
    for split in SPLITS:
        name, wanted = f"{split}_fits_schema", "no anomaly"
        anomalies = read_schema_anomalies(uri, split)
        if anomalies is None:
            yield _error(name, rule, wanted, f"no statistics of split {split}")
            continue
        found = in_words(anomalies)
        yield Check(
            name=name,
            description=rule.description,
            severity=rule.severity,
            wanted=wanted,
            received="; ".join(found) or "no anomaly",
            status="failed" if found else "passed",
        )


def _distance_checks(uri: str, settings: DistributionSettings) -> Iterable[Check]:
    for judged, baseline in settings.pairs:
        anomalies = read_distances(uri, judged, baseline)
        for feature, rule in settings.features.items():
            name = distance_check_name(feature, judged, baseline)
            yield _distance_check(name, rule, feature, anomalies)


def _distance_check(
    name: str, rule: FeatureRule, feature: str, anomalies: Any
) -> Check:
    wanted = f"{MEASURE_NAMES[rule.measure]} <= {rule.threshold:g}"
    distance = distance_of(anomalies, feature, rule.measure)
    if distance is None:
        reason = feature_in_words(anomalies, feature) if anomalies else ""
        return _error(name, rule, wanted, reason or "TFDV measured no distance")
    # An anomaly that is no distance (a split without values) fails the check too.
    anomaly = feature_in_words(anomalies, feature)
    is_far = distance > rule.threshold
    return Check(
        name=name,
        description=rule.description,
        severity=rule.severity,
        wanted=wanted,
        received=f"{distance:.4g}" if is_far or not anomaly else anomaly,
        status="failed" if is_far or anomaly else "passed",
    )


def _error(name: str, rule: Rule, wanted: str, reason: str) -> Check:
    return Check(
        name=name,
        description=rule.description,
        severity=rule.severity,
        wanted=wanted,
        received=f"error: the check could not run: {reason}",
        status="error",
    )
