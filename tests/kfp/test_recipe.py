# SPDX-License-Identifier: Apache-2.0
"""A recipe run by KFP's own driver and launcher gives what `prodl run` gives.

One local run and one with KFP's programs are shared by all tests, five CPU minutes.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.evaluator.metrics import read_metrics
from pipelines.kubeflow.spec import read_specification
from pipelines.kubeflow.visualizations.outputs import VISUALIZATIONS
from tests.support.kfp.cluster import Cluster, start_cluster
from tests.support.kfp.programs import Programs
from tests.support.kfp.run import Run, run_specification
from tests.support.kfp_page import read_page
from tests.support.project import RECIPE, Project, make_project

pytestmark = [pytest.mark.slow, pytest.mark.kfp]


@pytest.fixture(scope="module")
def project(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose recipe was run here, and compiled."""
    project = make_project(tmp_path_factory.mktemp("kfp") / "project")
    project.check("prodl", "run", RECIPE)
    project.check("prodl", "compile", RECIPE, "-o", f"{RECIPE}.yaml")
    return project


@pytest.fixture(scope="module")
def cluster(programs: Programs, project: Project) -> Iterator[Cluster]:
    """A cluster whose image is the project."""
    folder = project.root.parent / "cluster"
    with start_cluster(programs, project.root, folder) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def run(cluster: Cluster, project: Project) -> Run:
    """A run to its end."""
    path = project.root / f"{RECIPE}.yaml"
    run = run_specification(cluster, read_specification(path))
    assert not run.error, run.error
    return run


def test_every_step_ran(run: Run, project: Project) -> None:
    specification = read_specification(project.root / f"{RECIPE}.yaml")
    assert list(run.steps) == specification.order
    assert not any(step.is_cached for step in run.steps.values())


def test_blessed_model_was_pushed(run: Run, cluster: Cluster) -> None:
    pushed = cluster.store.list_keys(f"v2/artifacts/published/{RECIPE}/")
    files = {key.rpartition("/")[2] for key in pushed}
    assert {"saved_model.pb", "provenance.json"} <= files


def test_every_log_is_published(run: Run, cluster: Cluster) -> None:
    for step in run.steps.values():
        assert cluster.store.read(f"{step.uri('executor-logs')}-0"), step


def test_metrics_are_those_of_the_local_run(
    run: Run, cluster: Cluster, project: Project, tmp_path: Path
) -> None:
    cluster.store.download(run.steps["Evaluate"].uri("evaluation"), tmp_path)
    local = project.read_json(f"metrics/{RECIPE}.json")
    assert read_metrics(tmp_path).values == local


def test_kfp_page_has_everything_to_draw(run: Run, cluster: Cluster) -> None:
    """Types, properties and files as KFP's own launcher left them."""
    found = read_page(
        cluster.folder / "mlmd.sqlite", lambda uri: cluster.store.read(uri).decode()
    )
    drawn = {artifact.name: artifact for artifact in found}
    assert drawn.keys() == {v.name for v in VISUALIZATIONS}
    for gate in ("item_checks", "distribution_checks", "gate"):
        assert drawn[gate].table["passed"] == "1"
    labels, _ = drawn["classification"].confusion
    assert labels == list("0123456789")
    for page in ("item_report", "data_report", "report"):
        assert drawn[page].html.startswith("<!doctype html>")
