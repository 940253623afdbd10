# SPDX-License-Identifier: Apache-2.0
"""Histograms from TFDV statistics, two over the same bins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tensorflow_metadata.proto.v0 import statistics_pb2

# Lower edge, upper edge and count.
Bucket = tuple[float, float, float]


@dataclass(frozen=True)
class HistogramPair:
    """Histograms of one feature in two splits, over the same bins."""

    evaluated: Sequence[float]
    """Counts per bin in the evaluated split."""

    baseline: Sequence[float]
    """Counts per bin in the baseline."""

    edges: Sequence[float] = ()
    """Bin edges of a number, one more than there are bins; empty for a label."""

    labels: Sequence[str] = ()
    """Bin names of a label; empty for a number."""


def pair_histograms(
    evaluated: statistics_pb2.DatasetFeatureStatistics | None,
    baseline: statistics_pb2.DatasetFeatureStatistics | None,
    feature: str,
) -> HistogramPair | None:
    """Return the histograms of a feature in two splits; None if one has no values.

    Args:
        evaluated: Statistics of the evaluated split.
        baseline: Statistics of the baseline.
        feature: Name of the feature.
    """
    features = (_feature(statistics, feature) for statistics in (evaluated, baseline))
    found = [f for f in features if f is not None]
    if len(found) < 2:
        return None
    if all(f.HasField("string_stats") for f in found):
        return _label_pair(*(_label_counts(f) for f in found))
    histograms = [_standard_histogram(f) for f in found]
    if not all(histograms):
        return None
    return _number_pair(*histograms)


def _feature(
    statistics: statistics_pb2.DatasetFeatureStatistics | None, name: str
) -> statistics_pb2.FeatureNameStatistics | None:
    features = statistics.features if statistics else ()
    return next((f for f in features if list(f.path.step) == [name]), None)


def _label_counts(
    feature: statistics_pb2.FeatureNameStatistics,
) -> dict[str, float]:
    buckets = feature.string_stats.rank_histogram.buckets
    return {bucket.label: bucket.sample_count for bucket in buckets}


def _label_pair(
    evaluated: dict[str, float], baseline: dict[str, float]
) -> HistogramPair:
    labels = tuple(sorted({*evaluated, *baseline}))
    return HistogramPair(
        tuple(evaluated.get(label, 0.0) for label in labels),
        tuple(baseline.get(label, 0.0) for label in labels),
        labels=labels,
    )


def _standard_histogram(
    feature: statistics_pb2.FeatureNameStatistics,
) -> list[Bucket]:
    histograms = feature.num_stats.histograms
    # Type 0 has buckets of equal width; TFDV's other histograms are quantiles.
    buckets = next((h.buckets for h in histograms if h.type == 0), ())
    return [(b.low_value, b.high_value, b.sample_count) for b in buckets]


def _number_pair(
    evaluated: Sequence[Bucket],
    baseline: Sequence[Bucket],
) -> HistogramPair:
    """Rebin both histograms to common bins, as if counts were uniform in a bucket."""
    lows = min(evaluated[0][0], baseline[0][0])
    highs = max(evaluated[-1][1], baseline[-1][1])
    edges = np.linspace(lows, highs, len(baseline) + 1)
    if lows == highs:
        # A constant has no width.
        edges = np.array([lows - 0.5, highs + 0.5])
    return HistogramPair(
        _rebin(evaluated, edges),
        _rebin(baseline, edges),
        edges=tuple(map(float, edges)),
    )


def _rebin(buckets: Sequence[Bucket], edges: NDArray[np.float64]) -> tuple[float, ...]:
    if buckets[0][0] == buckets[-1][1]:
        values = np.full(len(buckets), buckets[0][0])
        counts, _ = np.histogram(values, edges, weights=[b[2] for b in buckets])
        return tuple(map(float, counts))
    positions = [buckets[0][0], *(high for _, high, _ in buckets)]
    cumulative = np.cumsum([0.0, *(count for _, _, count in buckets)])
    return tuple(map(float, np.diff(np.interp(edges, positions, cumulative))))
