# SPDX-License-Identifier: Apache-2.0
"""One story in one project: from nothing to a published model, and what follows.

The tests build on each other in order; DVC, TFX, MLMD, GX and TFMA are the real ones.
"""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.lineage.store import LineageStore
from tests.support.datasets.mnist import FILES, draw_digits
from tests.support.external_loads import find_external_loads
from tests.support.project import (
    GATE,
    RECIPE,
    Project,
    commit,
    make_project,
    start_versioning,
    statuses,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose recipe was reproduced once, from raw files to published model."""
    project = make_project(tmp_path_factory.mktemp("chain") / "project")
    start_versioning(project)
    project.dvc("repro", f"publish@{RECIPE}")
    commit(project, "Publish")
    return project


@pytest.fixture(scope="module")
def version(project: Project) -> Path:
    """The published model's folder."""
    (version,) = (project.root / "models" / RECIPE).glob("[0-9]*")
    return version


def test_everything_a_user_was_promised_is_there(
    project: Project, version: Path
) -> None:
    assert {"saved_model.pb", "provenance.json"} <= {p.name for p in version.iterdir()}
    metrics = project.read_json(f"metrics/{RECIPE}.json")
    assert metrics["test_accuracy"] > 0.5
    for page in (f"reports/{RECIPE}/index.html", "reports/data/mnist/index.html"):
        html = (project.root / page).read_text()
        assert find_external_loads(html) == []
        assert "<script" not in html


def test_summary_names_accuracy_verdict_model_and_page(
    project: Project, version: Path
) -> None:
    summary = project.prodl("report", RECIPE).stdout
    accuracy = project.read_json(f"metrics/{RECIPE}.json")["test_accuracy"]
    assert f"test accuracy  {accuracy:.6g}" in summary
    assert "verdict        passed" in summary
    assert f"models/{RECIPE}/{version.name}" in summary
    assert f"reports/{RECIPE}/index.html" in summary


def test_second_repro_runs_nothing(project: Project) -> None:
    output = project.dvc("repro", f"publish@{RECIPE}").stdout
    assert "Running stage" not in output
    assert output.count("didn't change, skipping") == 4


def test_second_run_finds_every_node_in_the_cache(project: Project) -> None:
    output = project.prodl("run", RECIPE).stdout
    assert set(statuses(output).values()) == {"cached"}
    assert "nothing it depends on has changed" in output


def test_changed_gate_reruns_the_evaluation_and_nothing_before(
    project: Project,
) -> None:
    gate = {"test_accuracy": {"min": 0.4}}
    _with_recipe(project, gate=gate)
    assert _reran(project) == {"Evaluate", "Pusher"}
    _with_recipe(project, gate=GATE)
    assert _reran(project) == set()


def test_changed_trainer_function_reruns_training_and_what_reads_it(
    project: Project,
) -> None:
    module = project.root / "components" / "trainer" / "classifier" / "train.py"
    before = module.read_text()
    module.write_text(before + "\n# one more line\n")
    assert _reran(project) == {"Trainer", "FindBaseline", "Evaluate", "Pusher"}
    module.write_text(before)
    assert _reran(project) == set()


def test_candidate_worse_than_the_published_model_is_refused(
    project: Project, version: Path
) -> None:
    before = (project.root / "params.yaml").read_bytes()
    gate = {"test_accuracy": {"min": 0.0, "not_worse_by": 0.05}}
    _with_recipe(project, gate=gate)
    project.set_trainer(epochs=1, optimizer={"name": "sgd", "learning_rate": 0.0001})
    assert project.prodl("run", RECIPE).returncode == 0
    checks = project.read_json(f"reports/{RECIPE}/verdict.json")["checks"]
    failed = {check["name"] for check in checks if not check["passed"]}
    assert failed == {"test_accuracy.not_worse_by"}
    assert project.prodl("publish", RECIPE).returncode == 5
    # The store of metadata has not blessed it, whatever the verdict says.
    path = project.root / "reports" / RECIPE / "verdict.json"
    path.write_text(path.read_text().replace("false", "true"))
    forged = project.prodl("publish", RECIPE)
    assert forged.returncode == 5
    assert "its verdict says passed, the state folder says refused" in forged.stderr
    assert list(version.parent.glob("[0-9]*")) == [version]
    (project.root / "params.yaml").write_bytes(before)
    assert _reran(project) == set()


def test_lineage_leads_from_model_to_the_dvc_version(project: Project) -> None:
    store = LineageStore(project.root / ".prodl" / "mlmd.sqlite")
    pushed = store.artifacts("PushedModel")[0]
    raw = [a for a in store.ancestors(pushed.id) if a.type == "prodl.RawDataset"]
    lock = (project.root / "dvc.lock").read_text()
    assert raw[0].facts["dvc_md5"] in lock


def test_trace_says_data_commit_parameters_and_metrics(
    project: Project, version: Path
) -> None:
    provenance = json.loads((version / "provenance.json").read_text())
    md5 = provenance["dataset"]["dvc_md5"]
    forward = project.prodl("trace", RECIPE).stdout
    for what in (md5, provenance["git"]["commit"], "epochs=", "test_accuracy="):
        assert what in forward
    backward = project.prodl("trace", md5[:10]).stdout
    assert f"models/{RECIPE}/{version.name}" in backward

    for what in ("checks of the data: ", "labels_are_known", "test_accuracy.min"):
        assert what in forward


def test_every_recorded_fact_of_the_model_agrees_when_it_is_recomputed(
    project: Project,
) -> None:
    completed = project.prodl("verify", RECIPE)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    metrics = project.read_json(f"metrics/{RECIPE}.json")
    for name, value in metrics.items():
        # The same machine: to the last digit.
        assert f"agrees   {name}: {value!r}\n" in completed.stdout


def test_prediction_reads_pictures_and_reports_those_it_cannot(
    project: Project, tmp_path: Path
) -> None:
    from PIL import Image

    Image.fromarray(draw_digits([3], seed=9)[0]).save(tmp_path / "three.png")
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    completed = project.prodl("predict", RECIPE, str(tmp_path))
    assert "three.png" in completed.stdout
    assert "broken.png" in completed.stdout + completed.stderr
    assert completed.returncode == 1


def test_data_survive_a_push_and_pull_round_trip(
    project: Project, tmp_path: Path
) -> None:
    before = {name: (project.raw / name).read_bytes() for name in FILES}
    project.dvc("remote", "add", "--default", "shelf", str(tmp_path / "remote"))
    project.dvc("push", "--quiet")
    shutil.rmtree(project.raw)
    shutil.rmtree(project.root / ".dvc" / "cache")
    project.dvc("pull", "--quiet", "fetch@mnist")
    assert {name: (project.raw / name).read_bytes() for name in FILES} == before
    # What was never saved is compared with the remote, not asked about.
    project.dvc("pull", "--force")
    project.git("checkout", "--quiet", ".dvc/config")


def test_experiment_changes_one_parameter_and_is_compared(project: Project) -> None:
    change = f"recipes.{RECIPE}.trainer.epochs=7"
    project.dvc("exp", "run", "--name", "longer", "-S", change, f"run@{RECIPE}")
    table = project.dvc("metrics", "diff", "--all", "--md").stdout
    assert "test_accuracy" in table
    shown = project.dvc("exp", "show", "--csv").stdout
    assert "longer" in shown
    project.dvc("plots", "diff", "HEAD", "--out", "plots")
    assert (project.root / "plots" / "index.html").exists()
    shutil.rmtree(project.root / "plots")
    project.git("checkout", "--quiet", ".")
    project.dvc("checkout", "--quiet")


def test_refused_candidate_is_an_experiment_too(project: Project) -> None:
    change = f"recipes.{RECIPE}.gate.test_accuracy.min=0.9999"
    project.dvc(
        "exp", "run", "--queue", "--name", "strict", "-S", change, f"run@{RECIPE}"
    )
    project.dvc("queue", "start")
    _wait_for_queue(project)
    assert "strict" in project.dvc("exp", "show", "--csv").stdout
    project.dvc("exp", "apply", "strict")
    assert not project.read_json(f"reports/{RECIPE}/verdict.json")["passed"]


def test_state_folder_that_was_deleted_is_made_again_under_dvc(
    project: Project, version: Path
) -> None:
    project.git("checkout", "--quiet", ".")
    project.dvc("checkout", "--quiet", "--force")
    shutil.rmtree(project.root / ".prodl")
    refused = project.prodl("publish", RECIPE)
    assert refused.returncode == 2
    assert f"dvc repro --force --single-item run@{RECIPE}" in refused.stderr
    project.dvc("repro", "--force", "--single-item", f"run@{RECIPE}")
    project.dvc("repro", "--single-item", f"publish@{RECIPE}")
    # The same files: training repeats exactly, so it is the model that was published.
    assert version.is_dir()


def _with_recipe(project: Project, **values: Any) -> None:
    project.edit_yaml("params.yaml", lambda p: p["recipes"][RECIPE].update(values))


def _reran(project: Project) -> set[str]:
    output = project.prodl("run", RECIPE).stdout
    return {node for node, status in statuses(output).items() if status == "ran"}


def _wait_for_queue(project: Project, seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = project.dvc("queue", "status").stdout
        if "Queued" not in status and "Running" not in status:
            assert "Failed" not in status, status
            return
        # Each look is a process of DVC.
        time.sleep(6)
    raise AssertionError(f"the queue did not end in {seconds:.0f} s")


@pytest.fixture(scope="module", autouse=True)
def _stop_queue_workers(project: Project) -> Iterator[None]:
    """No worker of DVC's queue may outlive the tests."""
    yield
    project.run("dvc", "queue", "stop", "--kill")
