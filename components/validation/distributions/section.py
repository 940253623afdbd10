# SPDX-License-Identifier: Apache-2.0
"""The section `distributions` of a report: schema, anomalies, skew between splits."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tensorflow_metadata.proto.v0 import schema_pb2

from components.contracts.step_data import StepData
from components.report import html
from components.report.section import Section
from components.validation.distributions.checks import (
    MEASURE_NAMES,
    distance_check_name,
)
from components.validation.distributions.histograms import HistogramPair
from components.validation.distributions.schema import read_schema
from components.validation.section import make_section
from components.validation.verdict import DataCheck, Verdict, read_verdict

# Features whose charts are all open; of more, an overview comes first.
_ALL_OPEN: Final = 4
# Labels that a chart shows in their own order; of more, those that differ most.
_FEW_LABELS: Final = 20
_FORMULAS: Final = {
    "jensen_shannon": "Jensen-Shannon divergence = KL(P, M)/2 + KL(Q, M)/2 with "
    "M = (P + Q)/2 and logarithms to base 2: 0 for equal histograms, 1 for disjoint.",
    "l_infinity": "L-infinity distance = max over classes of |P(class) - Q(class)|: "
    "the largest difference of a class's share, 0 to 1.",
}


def render(data: StepData) -> Section:
    """Make the section from the data that `summarise_distributions` wrote."""
    verdict = read_verdict(data.folder)
    body = html.join(
        html.checks_table(verdict.checks, "What the distributions were checked for"),
        *_skew(data.facts, verdict),
        *_schema(data),
    )
    return make_section("Distributions", verdict, body, {})


def _skew(facts: Mapping[str, Any], verdict: Verdict) -> Iterator[Any]:
    checks = {check.name: check for check in verdict.checks}
    features: Mapping[str, Any] = facts["features"]
    yield html.subheading("Are the splits alike?", "distributions-skew")
    for measure in sorted({check["measure"] for check in features.values()}):
        yield html.paragraph(_FORMULAS[measure])
    is_long = len(features) > _ALL_OPEN
    if is_long:
        yield _overview(facts, checks)
    for feature, limit in features.items():
        charts, passed = [], True
        for comparison in facts["comparisons"]:
            if comparison["feature"] != feature:
                continue
            evaluated, baseline = comparison["splits"]
            check = checks[distance_check_name(feature, evaluated, baseline)]
            passed &= check.passed
            distance = f"{MEASURE_NAMES[limit['measure']]}: {check.received}"
            threshold = f"limit {limit['threshold']:g}"
            title = f"{feature}, {evaluated} and {baseline}. {distance}, {threshold}"
            found = comparison["histograms"]
            pair = HistogramPair(**found) if found else None
            charts.append(_chart(pair, (evaluated, baseline), feature, title))
        shown = html.side_by_side(*charts)
        # Of a wide table, what is wrong stands out.
        yield html.details(feature, shown, not passed) if is_long else shown


def _overview(facts: Mapping[str, Any], checks: Mapping[str, DataCheck]) -> Any:
    """Chart of the distances of every feature, the nearest to its limit first."""
    shares: dict[str, dict[str, float | None]] = {}
    for comparison in facts["comparisons"]:
        feature, (evaluated, baseline) = comparison["feature"], comparison["splits"]
        check = checks[distance_check_name(feature, evaluated, baseline)]
        threshold = facts["features"][feature]["threshold"]
        pair = f"{evaluated} and {baseline}"
        shares.setdefault(feature, {})[pair] = _ratio(check.received, threshold)
    ordered = sorted(shares, key=lambda name: -max(_known(shares[name]), default=0.0))
    pairs = dict.fromkeys(pair for found in shares.values() for pair in found)
    return html.bar_chart(
        ordered,
        {pair: [shares[name].get(pair) for name in ordered] for pair in pairs},
        "Distance of the splits, by feature",
        "distance as a share of its limit: above 1 it fails",
    )


def _ratio(received: str, threshold: float) -> float | None:
    """Received distance by its limit; None for one that could not be measured."""
    try:
        return round(float(received) / threshold, 4) if threshold else None
    except ValueError:
        return None


def _known(shares: Mapping[str, float | None]) -> list[float]:
    return [share for share in shares.values() if share is not None]


def _chart(
    pair: HistogramPair | None, names: tuple[str, str], feature: str, title: str
) -> Any:
    if pair is None:
        return html.paragraph(f"{title}: one split has no values.")
    if pair.edges:
        return html.histogram_pair(
            pair.evaluated, pair.baseline, names, pair.edges, title, feature
        )
    evaluated, baseline = (_shares(c) for c in (pair.evaluated, pair.baseline))
    order: Sequence[int] = range(len(pair.labels))
    if len(pair.labels) > _FEW_LABELS:
        # The distance is the largest difference: a chart of some shows that one.
        order = sorted(order, key=lambda i: -abs(evaluated[i] - baseline[i]))
    shares = {
        name: [share[i] for i in order]
        for name, share in zip(names, (evaluated, baseline), strict=True)
    }
    labels = [pair.labels[i] for i in order]
    return html.bar_chart(labels, shares, title, "share of the split")


def _shares(counts: Sequence[float]) -> list[float]:
    total = sum(counts) or 1
    return [count / total for count in counts]


def _schema(data: StepData) -> Iterator[Any]:
    sizes = {f"Examples in {s}": n for s, n in data.facts["num_examples"].items()}
    headers = ["Feature", "Type", "In examples", "Values", "Allowed"]
    rows = describe_schema(read_schema(data.folder))
    yield html.subheading("Schema", "distributions-schema")
    yield html.facts_list(sizes)
    yield html.table(headers, rows, (), "What every example must have")


def describe_schema(schema: schema_pb2.Schema) -> list[list[str]]:
    """Return name, type, presence, number of values and domain of each feature."""
    return [
        [
            feature.name,
            schema_pb2.FeatureType.Name(feature.type).lower(),
            _presence(feature),
            _num_values(feature),
            _domain(feature),
        ]
        for feature in schema.feature
    ]


def _presence(feature: schema_pb2.Feature) -> str:
    share = feature.presence.min_fraction
    if share == 1:
        return "all"
    return f"at least {share:.3g}" if share else "optional"


def _num_values(feature: schema_pb2.Feature) -> str:
    if feature.HasField("shape"):
        sizes = [str(dim.size) for dim in feature.shape.dim]
        return " x ".join(sizes) or "1"
    count = feature.value_count
    return str(count.min) if count.min == count.max else f"{count.min} to {count.max}"


def _domain(feature: schema_pb2.Feature) -> str:
    kind = feature.WhichOneof("domain_info")
    if kind == "string_domain":
        return ", ".join(feature.string_domain.value)
    if kind in ("int_domain", "float_domain"):
        domain = getattr(feature, kind)
        return _range(*(_end(domain, name) for name in ("min", "max")))
    return (kind or "any").replace("_domain", "")


def _end(domain: schema_pb2.IntDomain | schema_pb2.FloatDomain, name: str) -> str:
    """One end of a range; empty if it is open."""
    if not domain.HasField(name):
        return ""
    value = getattr(domain, name)
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _range(low: str, high: str) -> str:
    if low and high:
        return f"{low} to {high}"
    if low:
        return f"at least {low}"
    return f"at most {high}" if high else "any number"
