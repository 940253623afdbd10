# SPDX-License-Identifier: Apache-2.0
"""The figures of the walkthrough of ratings are those of the last runs."""

import json
import re
from typing import Final

import pytest
import yaml

from components.core.project import project_root

ROOT = project_root()
TEXT = (ROOT / "docs" / "walkthrough_ratings.md").read_text(encoding="utf-8")
RMSE: Final = "rmse"
# Columns of the table.
METRICS: Final = (RMSE, "rmse_over_ceiling", "mae", "log_loss", "ndcg_at_10")
# First cell of a row -> the file of its figures, and how they are called there.
ROWS: Final = {
    "`movielens-factors`": ("movielens-factors", "test_{}"),
    "`movielens-rbm`": ("movielens-rbm", "test_{}"),
    "user and item bias": ("movielens-factors", "baseline_{}_biases"),
    "mean of each film": ("movielens-factors", "baseline_{}_item_mean"),
    "mean of all": ("movielens-factors", "baseline_{}_global_mean"),
}
_FACTS: Final = yaml.safe_load((ROOT / "data/movielens/evaluation.yaml").read_text())
CEILING: Final = _FACTS["rmse_ceilings"]["synthetic"]


def _metrics(recipe: str) -> dict[str, float]:
    path = ROOT / "metrics" / f"{recipe}.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("row", ROWS)
def test_row_is_that_of_metrics(row: str) -> None:
    recipe, name = ROWS[row]
    metrics = _metrics(recipe)
    (cells,) = re.findall(rf"^\| {re.escape(row)} \| (.*) \|$", TEXT, re.MULTILINE)
    shown = cells.split(" | ")
    wanted = []
    for metric in METRICS:
        value = metrics.get(name.format(metric))
        # Baselines have no ratio of their own.
        wanted.append(metrics[name.format(RMSE)] / CEILING if value is None else value)
    assert shown == [f"{value:.3f}" for value in wanted]


def test_ratios_to_the_biases_are_those_of_metrics() -> None:
    for recipe, words in (
        ("movielens-factors", "factors"),
        ("movielens-rbm", "machine"),
    ):
        metrics = _metrics(recipe)
        name = "test_rmse_over_bias_baseline"
        value, low, high = (metrics[name + end] for end in ("", "_low", "_high"))
        said = rf"{value:.3f} \({low:.3f} to {high:.3f}\)\s+for the {words}"
        assert re.search(said, TEXT), said
