# SPDX-License-Identifier: Apache-2.0
"""Histograms out of TFDV statistics, two of them over the same bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Pair:
    """Two distributions of one feature that can be drawn over each other.

    Attributes:
        judged: Counts per bar in the judged split.
        baseline: Counts per bar in the baseline.
        edges: Edges of the bars of a number, one more than there are bars; else empty.
        labels: Names of the bars of a label; else empty.
    """

    judged: tuple[float, ...]
    baseline: tuple[float, ...]
    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()


def pair(judged: Any, baseline: Any, feature: str) -> Pair | None:
    """Both distributions of a feature, or `None` where one has no values.

    Args:
        judged: `DatasetFeatureStatistics` of the judged split.
        baseline: The same of the baseline.
        feature: Name of the feature.
    """
    found = [_feature(statistics, feature) for statistics in (judged, baseline)]
    if None in found:
        return None
    if all(f.HasField("string_stats") for f in found):
        return _label_pair(*(_label_counts(f) for f in found))
    histograms = [_standard_histogram(f) for f in found]
    if not all(histograms):
        return None
    return _number_pair(*histograms)


def _feature(statistics: Any, name: str) -> Any:
    features = statistics.features if statistics else ()
    return next((f for f in features if list(f.path.step) == [name]), None)


def _label_counts(feature: Any) -> dict[str, float]:
    buckets = feature.string_stats.rank_histogram.buckets
    return {bucket.label: bucket.sample_count for bucket in buckets}


def _label_pair(judged: dict[str, float], baseline: dict[str, float]) -> Pair:
    labels = tuple(sorted({*judged, *baseline}))
    return Pair(
        tuple(judged.get(label, 0.0) for label in labels),
        tuple(baseline.get(label, 0.0) for label in labels),
        labels=labels,
    )


def _standard_histogram(feature: Any) -> list[tuple[float, float, float]]:
    histograms = feature.num_stats.histograms
    # Type 0 has bars of equal width; the other kind TFDV keeps are quantiles.
    buckets = next((h.buckets for h in histograms if h.type == 0), ())
    return [(b.low_value, b.high_value, b.sample_count) for b in buckets]


def _number_pair(
    judged: Sequence[tuple[float, float, float]],
    baseline: Sequence[tuple[float, float, float]],
) -> Pair:
    """Share out the counts onto common bars, evenly within each original one."""
    import numpy

    lows = min(judged[0][0], baseline[0][0])
    highs = max(judged[-1][1], baseline[-1][1])
    edges = numpy.linspace(lows, highs, len(baseline) + 1)
    if lows == highs:
        # A constant has no width to draw; give it one.
        edges = numpy.array([lows - 0.5, highs + 0.5])
    return Pair(
        _rebin(numpy, judged, edges),
        _rebin(numpy, baseline, edges),
        edges=tuple(map(float, edges)),
    )


def _rebin(
    numpy: Any, buckets: Sequence[tuple[float, float, float]], edges: Any
) -> tuple[float, ...]:
    if buckets[0][0] == buckets[-1][1]:
        values = numpy.full(len(buckets), buckets[0][0])
        counts, _ = numpy.histogram(values, edges, weights=[b[2] for b in buckets])
        return tuple(map(float, counts))
    positions = [buckets[0][0], *(high for _, high, _ in buckets)]
    cumulative = numpy.cumsum([0.0, *(count for _, _, count in buckets)])
    return tuple(map(float, numpy.diff(numpy.interp(edges, positions, cumulative))))
