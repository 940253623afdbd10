# SPDX-License-Identifier: Apache-2.0
"""The section on distributions of a wide table: an overview, failed features open."""

import re
from pathlib import Path
from typing import Any

from components.contracts.step_data import StepData
from components.validation.distributions.section import render
from components.validation.verdict import DataCheck, Verdict, write_verdict

SCHEMA = """
feature { name: "a" type: FLOAT presence { min_fraction: 0.9 } }
feature { name: "b" type: FLOAT presence { min_fraction: 1.0 } }
"""


def distance_check(feature: str, received: str, status: str = "passed") -> DataCheck:
    return DataCheck(
        name=f"{feature}_alike_in_test_and_train",
        description="Alike.",
        severity="critical",
        wanted="distance <= 0.2",
        received=received,
        status=status,
    )


def rendered(folder: Path, checks: list[DataCheck], facts: dict[str, Any]) -> str:
    write_verdict(Verdict("distributions", tuple(checks)), folder)
    (folder / "schema.pbtxt").write_text(SCHEMA)
    return render(StepData("", facts, folder)).html


def test_overview_of_many_features_has_each_distance_with_its_limit(
    tmp_path: Path,
) -> None:
    names = list("abcdef")
    checks = [distance_check(name, "0.0413") for name in names if name != "e"]
    checks.append(distance_check("e", "0.731", "failed"))
    pair = {"evaluated": [1, 2], "baseline": [2, 1], "edges": [0, 1, 2], "labels": []}
    facts = {
        "num_examples": {"train": 3, "test": 3},
        "features": {n: {"measure": "jensen_shannon", "threshold": 0.2} for n in names},
        "comparisons": [
            {"feature": n, "splits": ["test", "train"], "histograms": pair}
            for n in names
        ],
    }
    html = rendered(tmp_path, checks, facts)
    overview = html.partition("Distance of the splits, by feature")[2]
    first, second = re.findall(r"<tr><td>(.)</td><td class=.n.>(.+?)</td>", overview)[
        :2
    ]
    assert first == ("e", "3.655")
    assert second == ("a", "0.2065")
    assert html.count("<details open><summary>e</summary>") == 1
    assert html.count("<details><summary>a</summary>") == 1
    assert "at least 0.9" in html


def test_chart_of_many_labels_begins_with_those_that_differ_most(
    tmp_path: Path,
) -> None:
    labels = [f"film {number:02}" for number in range(30)]
    counts = [1.0] * 30
    pair = {
        "evaluated": counts,
        "baseline": [*counts[:29], 4.0],
        "edges": [],
        "labels": labels,
    }
    facts = {
        "num_examples": {"train": 33, "test": 30},
        "features": {"item": {"measure": "l_infinity", "threshold": 0.2}},
        "comparisons": [
            {"feature": "item", "splits": ["test", "train"], "histograms": pair}
        ],
    }
    html = rendered(tmp_path, [distance_check("item", "0.1")], facts)
    rows = re.findall(r"<tr><td>(film ..)</td>", html)
    assert rows[:2] == ["film 29", "film 00"]
    assert "share of the split (the first 20 of 30)" in html
