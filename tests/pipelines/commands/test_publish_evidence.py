# SPDX-License-Identifier: Apache-2.0
"""What `prodl publish` believes, and the evidence that travels with a model."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from components.contracts.verdicts import MODEL_SHA256
from components.core.errors import DamagedFile, ModelRefused
from components.core.hashing import hash_directory
from components.core.json_files import read_json, write_json
from pipelines.__main__ import main
from pipelines.commands import publish
from pipelines.lineage.blessing import BLESSED, read_blessing
from pipelines.lineage.database import DATABASE
from pipelines.nodes import PUSHED_MODEL
from pipelines.publishing.evidence import read_evidence
from pipelines.run_record import save_record
from pipelines.verdicts import recipe_verdict, write_verdict
from tests.support.passed_run import PassedState, make_passed_state
from tests.support.project import RECIPE, make_project


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a run whose model passed; what a model answers is not asked."""
    monkeypatch.setattr(publish, "check_serving", lambda *_: None)
    monkeypatch.delenv("PRODL_HOME", raising=False)
    root = make_project(tmp_path / "project").root
    monkeypatch.setenv("PRODL_ROOT", str(root))
    _run(root)
    return root


def _run(root: Path, model: bytes = b"graph") -> PassedState:
    """Stand in for a run: a new state folder and a verdict."""
    shutil.rmtree(root / ".prodl", ignore_errors=True)
    passed = make_passed_state(root / ".prodl", RECIPE, model)
    verdict = passed.verdict()
    assert verdict.passed, verdict.text
    write_verdict(verdict, root / "reports" / RECIPE)
    return passed


def _prodl(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def _versions(root: Path) -> list[Path]:
    found = (root / "models" / RECIPE).glob("[0-9]*")
    return sorted(found, key=lambda path: int(path.name))


def test_version_holds_the_checks_that_stood_behind_it(root: Path) -> None:
    result = _prodl("publish", RECIPE)
    assert result.exit_code == 0, result.output
    (version,) = _versions(root)
    evidence = version / "evidence"
    data = read_json(evidence / "data_verdict.json", "")
    assert [set(r) for r in data["results"].values()] == [
        {"stage", "passed", "checks"}
    ] * 2
    model = read_json(evidence / "model_verdict.json", "")
    assert model["gate"] == {"test_accuracy": {"min": 0.5}}
    assert [check["name"] for check in model["checks"]] == ["test_accuracy.min"]
    assert set(read_json(evidence / "expectations.json", "")) == {
        "items",
        "distributions",
    }
    manifest = read_json(evidence / "evidence.json", "")
    assert manifest["waived"] == 2 * [
        "class_balance (warning): wanted at most 2; received 3"
    ]
    assert manifest["provisional"] == []
    assert (evidence / "schema.pbtxt").read_text() == "feature {}\n"
    bill = read_json(evidence / "sbom.cdx.json", "")
    assert "tensorflow" in {component["name"] for component in bill["components"]}
    names = {path.name for path in evidence.iterdir()} - {"evidence.json"}
    assert set(manifest["files"]) == names
    for page in ("data.html", "model.html"):
        assert "<html" in (evidence / page).read_text()
    assert "(evidence/data.html)" in (version / "MODEL_CARD.md").read_text()


def test_checks_of_the_first_model_are_known_after_four_more(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("click.launch", opened.append)
    for content in (b"March", b"April", b"May", b"June", b"July"):
        _run(root, content)
        result = _prodl("publish", RECIPE)
        assert result.exit_code == 0, result.output
    registry = read_json(root / "models" / RECIPE / "versions.json", "")
    first = min(entry["version"] for entry in registry["versions"])
    # The newest and the one before it, for a rollback.
    kept = sorted(entry["version"] for entry in registry["versions"])[-2:]
    assert [int(path.name) for path in _versions(root)] == kept

    traced = _prodl("trace", f"models/{RECIPE}/{first}", "--open")
    assert traced.exit_code == 0, traced.output
    assert "removed; evidence kept" in traced.output
    assert "passed test_accuracy.min: wanted at least 0.5; received 0.9" in (
        traced.output
    )
    assert "passed labels_are_known: wanted 0-9; received 0-9" in traced.output
    assert "failed class_balance" in traced.output
    (page,) = opened
    assert Path(page).is_file()
    assert page.endswith("model.html")
    newest = _prodl("trace", RECIPE).output
    assert newest.count("removed; evidence kept") == 3


def test_same_model_is_published_once(root: Path) -> None:
    _prodl("publish", RECIPE)
    assert "is this model already" in _prodl("publish", RECIPE).output
    assert len(_versions(root)) == 1


def test_damaged_version_is_refused_and_published_again(root: Path) -> None:
    _prodl("publish", RECIPE)
    (version,) = _versions(root)
    (version / "saved_model.pb").write_bytes(b"grapg")
    traced = _prodl("trace", RECIPE)
    assert traced.exit_code == 5
    assert "not those that were published" in traced.output
    assert _prodl("publish", RECIPE).exit_code == 0
    assert len(_versions(root)) == 2


def test_what_keeps_others_from_repeating_the_run_is_said(root: Path) -> None:
    passed = _run(root)
    passed.record.commit = "abc, changed since"
    save_record(passed.record, passed.state, RECIPE)
    _prodl("publish", RECIPE)
    (version,) = _versions(root)
    assert read_json(version / "evidence" / "evidence.json", "")["provisional"] == [
        "the code is not that of a commit (abc, changed since)"
    ]


def test_changed_evidence_is_named(root: Path) -> None:
    _prodl("publish", RECIPE)
    (version,) = _versions(root)
    moved = root / "models" / RECIPE / "evidence" / version.name
    moved.parent.mkdir()
    (version / "evidence").rename(moved)
    shutil.rmtree(version)
    verdict = read_json(moved / "model_verdict.json", "")
    verdict["checks"][0]["received"] = "0.99"
    write_json(moved / "model_verdict.json", verdict)
    # Its own list of hashes is forged as well: the registry knows better.
    manifest = read_json(moved / "evidence.json", "")
    write_json(moved / "evidence.json", {**manifest, "files": {}})
    for path in (
        f"models/{RECIPE}/{version.name}",
        f"models/{RECIPE}/evidence/{version.name}",
    ):
        traced = _prodl("trace", path)
        assert traced.exit_code == 1
        assert f"{moved} is damaged: expected sha256" in traced.output


def test_evidence_that_no_registry_names_is_not_believed(root: Path) -> None:
    _prodl("publish", RECIPE)
    (version,) = _versions(root)
    write_json(version.parent / "versions.json", {"versions": []})
    with pytest.raises(DamagedFile, match="expected sha256 none in the registry"):
        read_evidence(version)


def test_trace_reads_what_the_registry_vouches_for(root: Path) -> None:
    _prodl("publish", RECIPE)
    (version,) = _versions(root)
    provenance = read_json(version / "provenance.json", "")
    write_json(version / "provenance.json", {**provenance, "seed": 987654321})
    traced = _prodl("trace", f"models/{RECIPE}/{version.name}")
    assert traced.exit_code == 0, traced.output
    assert "987654321" not in traced.output


def test_kept_evidence_survives_a_removal_that_was_killed(root: Path) -> None:
    _prodl("publish", RECIPE)
    (version,) = _versions(root)
    kept = root / "models" / RECIPE / "evidence" / version.name
    shutil.copytree(version / "evidence", kept)
    # Half of the version is gone, as after a kill; two more are published.
    (version / "evidence" / "model_verdict.json").unlink()
    before = hash_directory(kept)
    publish._remove_model(version)
    assert not version.exists()
    assert hash_directory(kept) == before


def test_model_that_does_not_serve_is_an_error_whatever_is_allowed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise ModelRefused("does not serve")

    monkeypatch.setattr(publish, "check_serving", refuse)
    params = root / "params.yaml"
    mark = f"  {RECIPE}:\n    may_be_refused: true\n"
    params.write_text(params.read_text().replace(f"  {RECIPE}:\n", mark))
    assert _prodl("publish", RECIPE, "--allow-refused").exit_code == 5


def test_state_folder_that_was_moved_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = {"format": 1, "folder": "/elsewhere", "created": "", "executions": 0}
    write_json(root / ".prodl" / "state.json", record)
    result = _prodl("publish", RECIPE)
    assert result.exit_code == 1
    assert "was made as /elsewhere" in result.output


def _edit_verdict(root: Path, **values: Any) -> None:
    path = root / "reports" / RECIPE / "verdict.json"
    write_json(path, json.loads(path.read_text()) | values)


def _edited(root: Path, passed: PassedState) -> None:
    del passed
    check = {"name": "a", "metric": "a", "wanted": "", "received": "", "passed": True}
    _edit_verdict(root, checks=[check])


def _not_blessed(root: Path, passed: PassedState) -> None:
    del root
    passed.blessing({BLESSED: 0, MODEL_SHA256: passed.sha256})


def _other_hash(root: Path, passed: PassedState) -> None:
    del passed
    _edit_verdict(root, model_sha256="0" * 64)


def _other_model_key(root: Path, passed: PassedState) -> None:
    del passed
    _edit_verdict(root, model_key="another")


def _other_pushed_files(root: Path, passed: PassedState) -> None:
    del root
    (passed.folders[PUSHED_MODEL] / "saved_model.pb").write_bytes(b"evil")


def _other_folder(root: Path, passed: PassedState) -> None:
    """Another model's folder, as after the ids of a state folder began again."""
    other = passed.state / "artifacts" / "Pusher" / "pushed_model" / "2"
    shutil.copytree(passed.folders[PUSHED_MODEL], other)
    (other / "saved_model.pb").write_bytes(b"another model")
    _edit_verdict(root, pushed="artifacts/Pusher/pushed_model/2")


def _other_recipe(root: Path, passed: PassedState) -> None:
    other = make_passed_state(root / "other", "mnist-lstm")
    shutil.rmtree(passed.state)
    shutil.copytree(other.state, passed.state)
    text = (passed.state / "runs" / "mnist-lstm.json").read_text()
    record = text.replace(str(other.state), str(passed.state))
    (passed.state / "runs" / f"{RECIPE}.json").write_text(
        record.replace("mnist-lstm.1", f"{RECIPE}.1")
    )


def _model_of_another_recipe(root: Path, passed: PassedState) -> None:
    """Everything agrees, but the recipe that the provenance of the model names."""
    shutil.rmtree(passed.state)
    other = make_passed_state(passed.state, "mnist-lstm")
    save_record(other.record, other.state, RECIPE)
    blessing = read_blessing(other.state / DATABASE, other.record.name)
    verdict = recipe_verdict(RECIPE, other.state, other.record, blessing)
    write_verdict(verdict, root / "reports" / RECIPE)


def _record_of_a_later_run(root: Path, passed: PassedState) -> None:
    del root
    passed.record.name = f"{RECIPE}.2"
    save_record(passed.record, passed.state, RECIPE)


@pytest.mark.parametrize(
    ("spoil", "exit_code", "message"),
    [
        (_edited, 5, "is not the one that its run"),
        (_other_hash, 5, "changed: model_sha256"),
        (_other_model_key, 5, "changed: model_key"),
        (_other_folder, 5, "changed: pushed"),
        (_not_blessed, 5, "the metadata store has not blessed the model"),
        (_other_pushed_files, 5, "pushed model is not the one that was evaluated"),
        (_other_recipe, 2, "is not in the state folder"),
        (_record_of_a_later_run, 2, "is not in the state folder"),
        (_model_of_another_recipe, 5, "is of the recipe 'mnist-lstm'"),
    ],
)
def test_what_its_run_does_not_prove_is_not_published(
    root: Path,
    spoil: Callable[[Path, PassedState], None],
    exit_code: int,
    message: str,
) -> None:
    spoil(root, _run(root))
    result = _prodl("publish", RECIPE)
    assert result.exit_code == exit_code, result.output
    assert message in result.output
    assert f"dvc repro --force --single-item run@{RECIPE}" in result.output
    assert _versions(root) == []


def test_model_that_does_not_serve_is_not_published(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ModelRefused("the model does not serve")

    monkeypatch.setattr(publish, "check_serving", refuse)
    result = _prodl("publish", RECIPE)
    assert result.exit_code == 5
    assert "the model does not serve" in result.output
    assert _versions(root) == []


def test_refused_verdict_that_was_edited_is_refused(root: Path) -> None:
    passed = _run(root)
    passed.record.steps[-1].status = "failed"
    save_record(passed.record, passed.state, RECIPE)
    result = _prodl("publish", RECIPE)
    assert result.exit_code == 5
    assert "its verdict says passed, the state folder says stopped" in result.output


def test_state_folder_that_is_gone_is_named_with_the_remedy(root: Path) -> None:
    shutil.rmtree(root / ".prodl")
    result = _prodl("publish", RECIPE)
    assert result.exit_code == 2
    assert "is not in the state folder" in result.output
    assert f"dvc repro --force --single-item run@{RECIPE}" in result.output


def test_verdict_of_another_run_is_refused(root: Path) -> None:
    _edit_verdict(root, run=f"{RECIPE}.0")
    result = _prodl("publish", RECIPE)
    assert result.exit_code == 2
    assert f"what the run {RECIPE}.0" in result.output
