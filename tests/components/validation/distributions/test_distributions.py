# SPDX-License-Identifier: Apache-2.0
"""Checks on distributions, with real statistics and TFX's stock executors."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.core.errors import DataRefused
from components.report.section import read_section
from components.validation.distributions.checks import distance_of
from components.validation.distributions.histograms import pair_histograms
from components.validation.distributions.settings import (
    DistributionSettings,
    SkewCheck,
)
from components.validation.distributions.summarise import summarise_distributions
from components.validation.distributions.tfdv_files import (
    read_distances,
    read_statistics,
)
from components.validation.gate import pass_or_refuse
from components.validation.settings import load_settings
from components.validation.verdict import Verdict, read_verdict
from tests.support.datasets.statistics import Judged, draw_splits, judge
from tests.support.external_loads import find_external_loads

pytestmark = pytest.mark.slow

Project = Path


@pytest.fixture(scope="module")
def root(request: pytest.FixtureRequest) -> Path:
    return request.config.rootpath


@pytest.fixture(scope="module")
def settings(root: Path) -> DistributionSettings:
    """The project's settings, with limits for a few hundred digits."""
    found = load_settings(root / "data/mnist/expectations.yaml").distributions
    features = {n: replace(r, threshold=0.2) for n, r in found.features.items()}
    return replace(found, histogram_buckets=10, features=features)


@pytest.fixture(scope="module")
def schema(root: Path) -> str:
    return (root / "data/mnist/schema.pbtxt").read_text()


@pytest.fixture(scope="module")
def alike(
    tmp_path_factory: pytest.TempPathFactory, schema: str, settings: Any
) -> Judged:
    """Three splits drawn in the same way."""
    return judge(tmp_path_factory.mktemp("alike"), draw_splits(), schema, settings)


@pytest.fixture(scope="module")
def shifted(
    tmp_path_factory: pytest.TempPathFactory, schema: str, settings: Any
) -> Judged:
    """A test split that is brighter, has sevens only, and one foreign label."""
    digits = draw_splits()
    images, labels = digits["test"]
    brighter = np.clip(images.astype(int) + 60, 0, 255).astype(np.uint8)
    sevens = np.full_like(labels, 7)
    sevens[0] = 11
    digits["test"] = brighter, sevens
    return judge(tmp_path_factory.mktemp("shifted"), digits, schema, settings)


def summarise(judged: Judged, settings: DistributionSettings, folder: Path) -> Verdict:
    return summarise_distributions(
        judged.statistics,
        judged.schema,
        judged.example_anomalies,
        judged.distribution_anomalies,
        settings,
        folder,
    )


def test_splits_that_are_alike_pass(
    alike: Judged, settings: DistributionSettings, tmp_path: Path
) -> None:
    verdict = summarise(alike, settings, tmp_path)
    assert [check.name for check in verdict.checks] == [
        "train_fits_schema",
        "validation_fits_schema",
        "test_fits_schema",
        "mean_alike_in_validation_and_train",
        "std_alike_in_validation_and_train",
        "label_alike_in_validation_and_train",
        "mean_alike_in_test_and_train",
        "std_alike_in_test_and_train",
        "label_alike_in_test_and_train",
    ]
    assert {check.status for check in verdict.checks} == {"passed"}
    assert pass_or_refuse(tmp_path, "distributions") == read_verdict(tmp_path)


def test_brighter_test_split_is_refused_by_its_checks(
    shifted: Judged, settings: DistributionSettings, tmp_path: Path
) -> None:
    verdict = summarise(shifted, settings, tmp_path)
    assert {check.name for check in verdict.failed} == {
        "test_fits_schema",
        "mean_alike_in_test_and_train",
        "label_alike_in_test_and_train",
    }
    by_name = {check.name: check for check in verdict.checks}
    mean = by_name["mean_alike_in_test_and_train"]
    assert mean.wanted == "Jensen-Shannon divergence <= 0.2"
    assert float(mean.received) > 0.9
    with pytest.raises(DataRefused, match="mean_alike_in_test_and_train: wanted"):
        pass_or_refuse(tmp_path, "distributions")


def test_anomaly_of_the_schema_is_described(
    shifted: Judged, settings: DistributionSettings, tmp_path: Path
) -> None:
    verdict = summarise(shifted, settings, tmp_path)
    received = next(c for c in verdict.checks if c.name == "test_fits_schema").received
    assert received.startswith("label: has values that the schema does not list (")
    assert "11" in received


def test_report_shows_both_distributions_value_and_limit(
    shifted: Judged, settings: DistributionSettings, tmp_path: Path
) -> None:
    verdict = summarise(shifted, settings, tmp_path)
    section = read_section(tmp_path)
    assert section.verdict == "refused"
    assert section.html.count("<svg class=") >= 6
    received = {c.name: c.received for c in verdict.checks}
    distance = received["std_alike_in_test_and_train"]
    assert f"Jensen-Shannon divergence: {distance}, limit 0.2" in section.html
    assert "KL(P, M)/2 + KL(Q, M)/2" in section.html
    assert "0 to 127.5" in section.html
    assert find_external_loads(section.html) == []


def test_same_artifacts_give_the_same_bytes(
    shifted: Judged, settings: DistributionSettings, tmp_path: Path
) -> None:
    contents = []
    for name in ("first", "second"):
        summarise(shifted, settings, tmp_path / name)
        files = sorted((tmp_path / name).iterdir())
        contents.append([file.read_bytes() for file in files])
    assert contents[0] == contents[1]


def test_severity_of_a_comparison_decides_whether_it_blocks(
    shifted: Judged, settings: DistributionSettings, tmp_path: Path
) -> None:
    lenient = replace(
        settings,
        fits_schema=replace(settings.fits_schema, severity="warning"),
        features={
            name: replace(rule, severity="warning")
            for name, rule in settings.features.items()
        },
    )
    verdict = summarise(shifted, lenient, tmp_path)
    assert verdict.passed
    assert read_section(tmp_path).verdict == "warning"


def test_comparison_that_was_not_made_is_an_error_and_no_pass(
    alike: Judged, settings: DistributionSettings, tmp_path: Path
) -> None:
    width = SkewCheck("Widths.", "critical", "jensen_shannon", 0.1)
    more = replace(
        settings,
        pairs=(*settings.pairs, ("train", "test")),
        features={**settings.features, "width": width},
    )
    verdict = summarise(alike, more, tmp_path)
    errors = {check.name for check in verdict.checks if check.status == "error"}
    assert "width_alike_in_test_and_train" in errors
    assert "mean_alike_in_train_and_test" in errors
    assert "mean_alike_in_test_and_train" not in errors
    with pytest.raises(DataRefused, match="the check could not run"):
        pass_or_refuse(tmp_path, "distributions")


def test_split_without_statistics_is_an_error(
    alike: Judged, settings: DistributionSettings, tmp_path: Path
) -> None:
    nowhere = replace(alike, example_anomalies=str(tmp_path), statistics=str(tmp_path))
    verdict = summarise(nowhere, settings, tmp_path / "out")
    assert {check.name for check in verdict.blocking} == {
        "train_fits_schema",
        "validation_fits_schema",
        "test_fits_schema",
    }


def test_divergence_of_disjoint_splits_is_one(shifted: Judged) -> None:
    # The formula in the report says logarithms to base 2.
    anomalies = read_distances(shifted.distribution_anomalies, "test", "train")
    distance = distance_of(anomalies, "mean", "jensen_shannon")
    assert distance == pytest.approx(1.0, abs=0.05)


def test_histograms_of_a_pair_keep_all_examples(shifted: Judged) -> None:
    test = read_statistics(shifted.statistics, "test")
    train = read_statistics(shifted.statistics, "train")
    mean = pair_histograms(test, train, "mean")
    assert mean is not None
    assert len(mean.edges) == 11
    assert sum(mean.evaluated) == pytest.approx(150)
    assert sum(mean.baseline) == pytest.approx(300)
    label = pair_histograms(test, train, "label")
    assert label is not None
    assert label.labels == ("0", "1", "11", "2", "3", "4", "5", "6", "7", "8", "9")
    assert [sum(label.evaluated), sum(label.baseline)] == [150, 300]
    width = pair_histograms(test, train, "width")
    assert width is not None
    sizes = [sum(width.evaluated), sum(width.baseline)]
    assert sizes == pytest.approx([150, 300])
    assert pair_histograms(test, train, "unknown") is None
