# SPDX-License-Identifier: Apache-2.0
"""What is changed runs again with all that depends on it, and nothing else does."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipelines.nodes import MODEL_NODES
from tests.support.datasets.mnist import (
    TRAIN_LABELS,
    read_idx,
    write_idx,
    write_mnist,
    write_source_list,
)
from tests.support.project import (
    NUM_TEST,
    NUM_TRAIN,
    RECIPE,
    Project,
    make_project,
    statuses,
)

pytestmark = pytest.mark.slow

ITEM_JUDGEMENT = {"ValidateItems", "ItemGate"}
DISTRIBUTION_JUDGEMENT = {
    "ExampleValidator",
    "SummariseDistributions",
    "DistributionGate",
}
DATA = {"Acquire", "Ingest", "StatisticsGen", "DistributionValidator"}


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose data steps ran once."""
    project = make_project(tmp_path_factory.mktemp("stale") / "project")
    _validate(project)
    return project.root


@pytest.fixture
def project(validated: Path) -> Project:
    """That project; each test leaves its change behind and states what reruns."""
    return Project(validated)


def test_changed_schema_reruns_what_reads_it(project: Project) -> None:
    schema = project.root / "data" / "mnist" / "schema.pbtxt"
    schema.write_text(schema.read_text() + "\n# another look\n")
    assert _reran(_validate(project)) == {"ProvideSchema", *DISTRIBUTION_JUDGEMENT}


def test_changed_expectation_reruns_the_judgement_of_items(project: Project) -> None:
    project.edit_yaml(
        "data/mnist/expectations.yaml",
        lambda settings: settings["items"]["expectations"]["class_balance"].update(
            max_ratio=6.0
        ),
    )
    assert _reran(_validate(project)) == ITEM_JUDGEMENT


def test_changed_function_reruns_its_step_and_what_reads_it(project: Project) -> None:
    module = project.root / "components" / "validation" / "gate.py"
    module.write_text(module.read_text() + "\n# one more line\n")
    judges = ITEM_JUDGEMENT | DISTRIBUTION_JUDGEMENT | {"ProvideSchema"}
    assert _reran(_validate(project)) == judges


@pytest.fixture(scope="module")
def shuffled(validated: Path) -> tuple[Project, str]:
    """The project with other data, whose labels say nothing, and what a run printed."""
    project = Project(validated)
    shutil.rmtree(project.raw)
    write_mnist(project.raw, train=NUM_TRAIN, test=NUM_TEST, seed=7)
    labels = read_idx(project.raw / TRAIN_LABELS)
    np.random.default_rng(0).shuffle(labels)
    write_idx(project.raw / TRAIN_LABELS, labels)
    write_source_list(project.root / "data/mnist/source.yaml", project.raw)
    completed = project.prodl("run", RECIPE)
    # A refused model is a result of the run, and an error only for publishing.
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return project, completed.stdout


def test_changed_data_under_the_same_path_rerun_everything(
    shuffled: tuple[Project, str],
) -> None:
    _, output = shuffled
    judged = ITEM_JUDGEMENT | DISTRIBUTION_JUDGEMENT
    assert _reran(output) == DATA | judged | {*MODEL_NODES}
    assert "data changed" in output


def test_model_of_shuffled_labels_is_refused_by_its_accuracy(
    shuffled: tuple[Project, str],
) -> None:
    project, _ = shuffled
    checks = project.read_json(f"reports/{RECIPE}/verdict.json")["checks"]
    assert "test_accuracy.min" in {c["name"] for c in checks if not c["passed"]}
    page = (project.root / "reports" / RECIPE / "index.html").read_text()
    assert "Refused" in page[: page.index("<h2")]
    refused = project.prodl("publish", RECIPE)
    assert refused.returncode == 5
    assert "test_accuracy" in refused.stderr
    assert not (project.root / "models" / RECIPE).exists()


def _validate(project: Project) -> str:
    completed = project.prodl("validate", "mnist")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


def _reran(output: str) -> set[str]:
    return {node for node, status in statuses(output).items() if status == "ran"}
