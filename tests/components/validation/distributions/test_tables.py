# SPDX-License-Identifier: Apache-2.0
"""Distributions of a table, checked with TFDV: missing values and shifted units."""

from pathlib import Path

import pytest

from components.contracts.modality import find_modality
from components.core.errors import DataRefused
from components.validation.check_settings import CheckSettings
from components.validation.distributions.settings import (
    DistributionSettings,
    Measure,
    SkewCheck,
    expect_measures_fit,
)
from components.validation.distributions.summarise import summarise_distributions
from components.validation.gate import pass_or_refuse
from components.validation.verdict import Verdict
from tests.support.datasets.statistics import judge_examples
from tests.support.datasets.tables import LAYOUT, Row, draw_birds, ingest, write_raw
from tests.support.datasets.tables import write_schema as write_birds_schema

pytestmark = pytest.mark.slow

BIRDS = find_modality("table", LAYOUT)


def _skew(measure: Measure, threshold: float) -> SkewCheck:
    return SkewCheck("Alike.", "critical", measure, threshold)


SETTINGS = DistributionSettings(
    histogram_buckets=50,
    fits_schema=CheckSettings("It fits.", "critical"),
    pairs=(("test", "train"),),
    features={
        "bill_length": _skew("jensen_shannon", 0.5),
        "body_mass": _skew("jensen_shannon", 0.5),
        "sex": _skew("l_infinity", 0.25),
        "island": _skew("jensen_shannon", 0.2),
        "label": _skew("l_infinity", 0.2),
    },
)


def judge_rows(folder: Path, train: list[Row], test: list[Row]) -> Verdict:
    """Ingest both files, and check them as the pipeline does."""
    raw = write_raw(folder / "raw", birds_train=train, birds_test=test)
    ingest(raw, folder, test_share=0.0)
    schema = write_birds_schema(folder / "birds.pbtxt").read_text()
    judged = judge_examples(folder, schema, SETTINGS, BIRDS)
    return summarise_distributions(
        judged.statistics,
        judged.schema,
        judged.example_anomalies,
        judged.distribution_anomalies,
        SETTINGS,
        folder / "out",
    )


def test_faults_of_one_split_are_refused_by_their_checks(tmp_path: Path) -> None:
    expect_measures_fit(SETTINGS, BIRDS)
    train = draw_birds(300)
    alike = judge_rows(tmp_path / "alike", train, draw_birds(150, seed=1))
    assert {c.name: c.received for c in alike.failed} == {}

    test = draw_birds(150, seed=1)
    for number, row in enumerate(test):
        if (length := row["Bill length (mm)"]) != "NA":
            row["Bill length (mm)"] = f"{float(length) / 25.4:.3f}"
        if number % 10 < 3:
            row["sex"] = ""
        row["island"] = "Anvers"
    verdict = judge_rows(tmp_path / "other", train, test)
    received = {check.name: check.received for check in verdict.failed}
    assert set(received) == {
        "test_fits_schema",
        "bill_length_alike_in_test_and_train",
        "island_alike_in_test_and_train",
    }
    assert received["test_fits_schema"].startswith("sex: is absent from some examples")
    assert float(received["bill_length_alike_in_test_and_train"]) > 0.9
    with pytest.raises(DataRefused, match="bill_length_alike_in_test_and_train"):
        pass_or_refuse(tmp_path / "other" / "out", "distributions")
