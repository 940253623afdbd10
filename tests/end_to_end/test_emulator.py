# SPDX-License-Identifier: Apache-2.0
"""A compiled specification, executed as by a cluster, gives what `prodl run` gives.

One local and one emulated run are shared by all tests; they build on each other.
"""

import json
from pathlib import Path

import pytest

from pipelines.kubeflow.visualizations.outputs import VISUALIZATIONS
from pipelines.lineage.store import ArtifactRecord, LineageStore
from tests.support.external_loads import find_external_loads
from tests.support.kfp_page import Drawn, read_page
from tests.support.project import NUM_TEST, RECIPE, Project, make_project, statuses

pytestmark = [pytest.mark.slow, pytest.mark.cluster]

OUTCOME = f".prodl/emulator/outcomes/{RECIPE}"
COMPILED = f".prodl/emulator/{RECIPE}.yaml"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose recipe was run here."""
    project = make_project(tmp_path_factory.mktemp("cluster") / "project")
    completed = project.prodl("run", RECIPE)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return project


@pytest.fixture(scope="module")
def emulated(project: Project) -> str:
    """What the emulated run printed."""
    completed = project.prodl("emulate", RECIPE)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


def test_every_step_ran_as_a_process_of_its_own(
    project: Project, emulated: str
) -> None:
    assert set(statuses(emulated).values()) == {"ran"}
    (logs,) = (project.root / ".prodl/emulator/logs").iterdir()
    assert {log.stem for log in logs.iterdir()} == statuses(emulated).keys()


def test_metrics_are_those_of_the_local_run(project: Project, emulated: str) -> None:
    local = project.read_json(f"metrics/{RECIPE}.json")
    assert project.read_json(f"{OUTCOME}/metrics.json") == local


def test_verdict_is_that_of_the_local_run(project: Project, emulated: str) -> None:
    local = project.read_json(f"reports/{RECIPE}/verdict.json")
    cluster = project.read_json(f"{OUTCOME}/verdict.json")
    for key in ("passed", "checks", "stopped_at", "data"):
        assert cluster[key] == local[key]
    assert cluster["passed"]


def test_lineage_is_that_of_the_local_run(project: Project, emulated: str) -> None:
    here = _ancestors(project.root / ".prodl/mlmd.sqlite", "PushedModel")
    there = _ancestors(project.root / ".prodl/emulator/mlmd.sqlite", "tfx.PushedModel")
    assert there.keys() == here.keys()
    for fact in ("content_sha256", "dvc_md5", "source_list_sha256"):
        raw = "prodl.RawDataset"
        assert there[raw].facts[fact] == here[raw].facts[fact]


def test_page_is_whole_and_opens_without_a_network(
    project: Project, emulated: str
) -> None:
    html = (project.root / OUTCOME / "index.html").read_text()
    assert find_external_loads(html) == []
    for section in ("items", "distributions", "training", "evaluation"):
        assert f'id="{section}"' in html


@pytest.fixture(scope="module")
def drawn(project: Project, emulated: str) -> dict[str, Drawn]:
    """What KFP's page draws of the run, by the name of the artifact."""
    state = project.root / ".prodl/emulator"

    def read_file(uri: str) -> str:
        return (state / "store" / uri.replace("://", "/")).read_text()

    return {d.name: d for d in read_page(state / "mlmd.sqlite", read_file)}


def test_kfp_page_has_metrics_and_the_verdict_of_every_gate(
    project: Project, drawn: dict[str, Drawn]
) -> None:
    assert drawn.keys() == {v.name for v in VISUALIZATIONS}
    rows = drawn["metrics"].table.items()
    shown = {name.partition(" [")[0]: value for name, value in rows}
    # The store keeps six decimals.
    for name, value in project.read_json(f"metrics/{RECIPE}.json").items():
        assert json.loads(shown[name]) == pytest.approx(value, abs=1e-6)
    for gate in ("item_checks", "distribution_checks", "gate"):
        assert drawn[gate].table["passed"] == "1"
    assert drawn["gate"].table["test_accuracy.min.wanted"] == '"at least 0.5"'
    labels, counts = drawn["classification"].confusion
    assert labels == list("0123456789")
    assert sum(map(sum, counts)) == NUM_TEST


def test_kfp_page_has_the_reports_each_as_one_file(drawn: dict[str, Drawn]) -> None:
    sections = {
        "item_report": {"items"},
        "data_report": {"items", "distributions"},
        "report": {"items", "distributions", "training", "evaluation"},
    }
    for name, wanted in sections.items():
        html = drawn[name].html
        # The frame's own address, without which links would leave it.
        assert find_external_loads(html) == ["base href=about:srcdoc"]
        assert {
            s for s in sections["report"] if f'<h2><a href="#{s}">' in html
        } == wanted


def test_blessed_model_lies_in_the_store_at_the_push_destination(
    project: Project, emulated: str
) -> None:
    store = project.root / ".prodl/emulator/store/minio/mlpipeline/v2/artifacts"
    (version,) = (store / "published" / RECIPE).iterdir()
    assert {"saved_model.pb", "provenance.json"} <= {p.name for p in version.iterdir()}


def test_requests_and_what_is_not_emulated_are_said(emulated: str) -> None:
    assert "not emulated: scheduling" in emulated
    assert "cpu 3-4, 10-14 GB; node cpu" in emulated


def test_second_run_uses_the_cache_and_only_looks_for_the_baseline(
    project: Project, emulated: str
) -> None:
    again = statuses(project.prodl("emulate", COMPILED).stdout)
    assert {node for node, word in again.items() if word == "ran"} == {"FindBaseline"}
    assert set(again.values()) == {"ran", "cached"}


def test_edited_file_runs_only_with_consent(project: Project, emulated: str) -> None:
    edited = project.root / "edited.yaml"
    edited.write_text((project.root / COMPILED).read_text() + "# edited\n")
    refused = project.prodl("emulate", "edited.yaml")
    assert refused.returncode == 2
    assert statuses(refused.stdout) == {}
    assert "Transform: python -P -m pipelines.kubeflow.entrypoint" in refused.stderr
    agreed = project.prodl("emulate", "edited.yaml", "--yes")
    assert agreed.returncode == 0
    assert statuses(agreed.stdout)["Trainer"] == "cached"


def test_step_that_fails_shows_its_log_and_stops_with_its_exit_code(
    project: Project, emulated: str
) -> None:
    labels = project.raw / "t10k-labels-idx1-ubyte"
    whole = labels.read_bytes()
    labels.unlink()
    labels.write_bytes(whole[:-1])
    # Another revision is another cache key, so that the first step looks again.
    stopped = project.prodl("emulate", COMPILED, "--parameter", "data_rev=other")
    assert stopped.returncode == 4
    assert statuses(stopped.stdout)["Acquire"] == "refused"
    assert "Ingest" not in statuses(stopped.stdout)
    assert "t10k-labels-idx1-ubyte is not the one that" in stopped.stderr


def _ancestors(path: Path, pushed: str) -> dict[str, ArtifactRecord]:
    """Everything that a pushed model was made from, by type without its prefix."""
    store = LineageStore(path)
    found = store.ancestors(store.artifacts(pushed)[0].id)
    # How a value travels to Evaluate differs: as an artifact here, by value there.
    return {
        artifact.type.removeprefix("tfx."): artifact
        for artifact in found
        if artifact.type.removeprefix("tfx.") != "String"
    }
