# SPDX-License-Identifier: Apache-2.0
"""Summarise TFDV's results: the body of the component SummariseDistributions."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from components.contracts.splits import SPLITS
from components.contracts.step_data import write_step_data
from components.validation.distributions.checks import check_distributions
from components.validation.distributions.histograms import pair_histograms
from components.validation.distributions.schema import SCHEMA_FILE
from components.validation.distributions.settings import DistributionSettings
from components.validation.distributions.tfdv_files import read_statistics
from components.validation.verdict import Verdict, write_verdict

STAGE: Final = "distributions"


def summarise_distributions(
    statistics_uri: str,
    schema_uri: str,
    example_anomalies_uri: str,
    distribution_anomalies_uri: str,
    settings: DistributionSettings,
    output_dir: str | Path,
) -> Verdict:
    """Write `verdict.json` and the data of the section `distributions`.

    Args:
        statistics_uri: Output folder of StatisticsGen.
        schema_uri: Folder of the curated schema.
        example_anomalies_uri: Output folder of ExampleValidator.
        distribution_anomalies_uri: Output folder of DistributionValidator.
        settings: Checks and their limits.
        output_dir: Folder to write into; made if needed.
    """
    checks = check_distributions(
        example_anomalies_uri, distribution_anomalies_uri, settings
    )
    verdict = Verdict(STAGE, checks)
    write_verdict(verdict, output_dir)
    statistics = {split: read_statistics(statistics_uri, split) for split in SPLITS}
    schema = (Path(schema_uri) / SCHEMA_FILE).read_bytes()
    write_step_data(
        output_dir,
        "components.validation.distributions.section",
        facts={
            "num_examples": {
                split: int(found.num_examples) if found else None
                for split, found in statistics.items()
            },
            "features": {
                name: {"measure": check.measure, "threshold": check.threshold}
                for name, check in settings.features.items()
            },
            "comparisons": _compare(statistics, settings),
        },
        files={SCHEMA_FILE: schema},
    )
    return verdict


def _compare(
    statistics: Mapping[str, Any], settings: DistributionSettings
) -> list[dict[str, Any]]:
    """Return the histograms of each feature and pair of splits."""
    return [
        {
            "feature": feature,
            "splits": [evaluated, baseline],
            "histograms": asdict(found) if found else None,
        }
        for feature in settings.features
        for evaluated, baseline in settings.pairs
        for found in [
            pair_histograms(statistics[evaluated], statistics[baseline], feature)
        ]
    ]
