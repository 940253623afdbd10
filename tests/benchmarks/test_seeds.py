# SPDX-License-Identifier: Apache-2.0
"""The benchmark of seeds shows the run that is nearest to each limit."""

import sys

from components.core.project import project_root

# As a script finds the modules beside it.
sys.path.append(str(project_root() / "benchmarks"))
from benchmarks import seeds


def test_the_worst_run_is_that_nearest_to_the_limit() -> None:
    runs = [{"accuracy": 0.5, "gap": 3.0}, {"accuracy": 0.75, "gap": 1.0}]
    gate = {"accuracy": {"min": 0.4, "not_worse_by": 0.1}, "gap": {"max": 4}}
    accuracy, gap = seeds.rows(runs, gate)
    assert accuracy == ["`accuracy`", "0.625", "0.1768", "0.5", "min 0.4"]
    assert gap == ["`gap`", "2", "1.414", "3", "max 4"]


def test_a_metric_between_two_limits_has_a_row_for_either() -> None:
    runs = [{"ratio": 0.9}, {"ratio": 1.1}]
    low, high = seeds.rows(runs, {"ratio": {"min": 0.8, "max": 1.2}})
    assert (low[3], low[4], high[3], high[4]) == ("0.9", "min 0.8", "1.1", "max 1.2")


def test_one_seed_has_no_spread() -> None:
    ((_, mean, spread, worst, _),) = seeds.rows([{"loss": 2.0}], {"loss": {"max": 3}})
    assert (mean, spread, worst) == ("2", "0", "2")


def test_metric_that_a_run_does_not_have_is_no_end_of_the_table() -> None:
    runs = [{"loss": 2.0}, {"invalid_predictions": 3.0}]
    ((_, mean, *_),) = seeds.rows(runs, {"loss": {"max": 3}})
    assert mean == "nan"
