# SPDX-License-Identifier: Apache-2.0
"""Write the report section on distributions: schema, anomalies, skew between splits."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from components.contracts.splits import SPLITS
from components.report import html
from components.report.section import Section, write_section
from components.validation.distributions.checks import (
    MEASURE_NAMES,
    check_distributions,
    distance_check_name,
)
from components.validation.distributions.histograms import Pair, pair
from components.validation.distributions.schema import describe, read_schema
from components.validation.distributions.tfdv_files import read_statistics
from components.validation.settings import DistributionSettings
from components.validation.verdict import Check, Verdict, write_verdict

STAGE = "distributions"

_FORMULAS: Final = {
    "jensen_shannon": "Jensen-Shannon divergence = KL(P, M)/2 + KL(Q, M)/2 with "
    "M = (P + Q)/2 and logarithms to base 2: 0 for equal histograms, 1 for disjoint.",
    "l_infinity": "L-infinity distance = max over classes of |P(class) - Q(class)|: "
    "the largest difference of a class's share, 0 to 1.",
}


def summarise_distributions(
    statistics_uri: str,
    schema_uri: str,
    example_anomalies_uri: str,
    distribution_anomalies_uri: str,
    settings: DistributionSettings,
    output_dir: str | Path,
) -> Verdict:
    """Write `verdict.json` and the report section `distributions`.

    Args:
        statistics_uri: Folder that StatisticsGen wrote.
        schema_uri: Folder of the curated schema.
        example_anomalies_uri: Folder that ExampleValidator wrote.
        distribution_anomalies_uri: Folder that DistributionValidator wrote.
        settings: What was checked.
        output_dir: Folder to write into; made if needed.
    """
    checks = check_distributions(
        example_anomalies_uri, distribution_anomalies_uri, settings
    )
    verdict = Verdict(STAGE, checks)
    write_verdict(verdict, output_dir)
    statistics = {split: read_statistics(statistics_uri, split) for split in SPLITS}
    body = html.join(
        html.checks_table(checks, "What the distributions were checked for"),
        *_skew(statistics, settings, checks),
        *_schema(schema_uri, statistics),
    )
    section = Section(
        name=STAGE,
        title="Distributions",
        summary=verdict.summary,
        verdict=verdict.for_section,
        html=str(body),
        facts={"checks": verdict.for_page},
    )
    write_section(section, output_dir)
    return verdict


def _skew(
    statistics: dict[str, Any], settings: DistributionSettings, checks: Iterable[Check]
) -> Iterable[Any]:
    by_name = {check.name: check for check in checks}
    yield html.subheading("Are the splits alike?", "distributions-skew")
    for measure in sorted({rule.measure for rule in settings.features.values()}):
        yield html.paragraph(_FORMULAS[measure])
    for feature, rule in settings.features.items():
        charts = []
        for judged, baseline in settings.pairs:
            check = by_name[distance_check_name(feature, judged, baseline)]
            found = pair(statistics[judged], statistics[baseline], feature)
            distance = f"{MEASURE_NAMES[rule.measure]}: {check.received}"
            limit = f"limit {rule.threshold:g}"
            title = f"{feature}, {judged} and {baseline}. {distance}, {limit}"
            charts.append(_chart(found, (judged, baseline), feature, title))
        yield html.side_by_side(*charts)


def _chart(found: Pair | None, names: tuple[str, str], feature: str, title: str) -> Any:
    if found is None:
        return html.paragraph(f"{title}: one split has no values.")
    if found.edges:
        return html.histogram_pair(
            found.judged, found.baseline, names, found.edges, title, feature
        )
    shares = {
        name: [count / (sum(counts) or 1) for count in counts]
        for name, counts in zip(names, (found.judged, found.baseline), strict=True)
    }
    return html.bar_chart(found.labels, shares, title, "share of the split")


def _schema(schema_uri: str, statistics: dict[str, Any]) -> Iterable[Any]:
    sizes = {
        f"Examples in {split}": int(found.num_examples) if found else None
        for split, found in statistics.items()
    }
    headers = ["Feature", "Type", "In examples", "Values", "Allowed"]
    rows = describe(read_schema(schema_uri))
    yield html.subheading("Schema", "distributions-schema")
    yield html.facts_list(sizes)
    yield html.table(headers, rows, (), "What every example must have")
