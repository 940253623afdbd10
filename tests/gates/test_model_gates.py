# SPDX-License-Identifier: Apache-2.0
"""Bad models are refused by the metric that shows it, and what is published stays."""

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pipelines.__main__ import main
from tests.support.datasets.mnist import (
    TRAIN_LABELS,
    read_idx,
    write_idx,
    write_source_list,
)
from tests.support.project import RECIPE, Project

pytestmark = pytest.mark.slow


def test_model_of_shuffled_labels_is_refused_by_its_accuracy(project: Project) -> None:
    labels = read_idx(project.raw / TRAIN_LABELS)
    np.random.default_rng(0).shuffle(labels)
    write_idx(project.raw / TRAIN_LABELS, labels)
    write_source_list(project.root / "data" / "mnist" / "source.yaml", project.raw)
    # A refused model is a result of the run, and an error only for publishing.
    assert _prodl("run", RECIPE).exit_code == 0
    assert "test_accuracy.min" in _failed_checks(project)
    _assert_refused_at_the_top_of_the_page(project)
    refused = _prodl("publish", RECIPE)
    assert refused.exit_code == 5
    assert "test_accuracy" in refused.output
    assert not (project.root / "models" / RECIPE).exists()


def test_candidate_worse_than_the_published_model_is_refused(
    project: Project,
) -> None:
    assert _prodl("run", RECIPE).exit_code == 0
    assert _prodl("publish", RECIPE).exit_code == 0
    published = list((project.root / "models" / RECIPE).iterdir())

    project.set_trainer(epochs=1, optimizer={"name": "sgd", "learning_rate": 0.0001})
    project.edit_yaml("params.yaml", _accept_anything_not_worse)
    assert _prodl("run", RECIPE).exit_code == 0
    assert _failed_checks(project) == {"test_accuracy.not_worse_by"}
    assert _prodl("publish", RECIPE).exit_code == 5
    assert list((project.root / "models" / RECIPE).iterdir()) == published


def _accept_anything_not_worse(params: dict) -> None:
    gate = {"test_accuracy": {"min": 0.0, "not_worse_by": 0.05}}
    params["recipes"][RECIPE]["gate"] = gate


def _prodl(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def _failed_checks(project: Project) -> set[str]:
    verdict = project.read_json(f"reports/{RECIPE}/verdict.json")
    return {check["name"] for check in verdict["checks"] if not check["passed"]}


def _assert_refused_at_the_top_of_the_page(project: Project) -> None:
    page = (project.root / "reports" / RECIPE / "index.html").read_text()
    assert "Refused" in page[: page.index("<h2")]
