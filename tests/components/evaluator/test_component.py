# SPDX-License-Identifier: Apache-2.0
"""Evaluate and the stock Pusher: what is blessed is pushed, and nothing else is."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tfx.components.pusher.executor import Executor as Pusher
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types.standard_artifacts import (
    Examples,
    Model,
    ModelBlessing,
    ModelEvaluation,
    PushedModel,
)

from components.contracts.artifacts import ReportSection
from components.contracts.verdicts import read_model_verdict
from components.core.errors import ProdlError, UsageError
from components.core.hashing import hash_directory
from components.evaluator.component import Evaluate
from components.evaluator.metrics import read_metrics
from components.report.section import Section, read_section
from tests.support.models.classifiers import DATASET
from tests.support.models.counting import COUNTING
from tests.support.models.evaluated_classifiers import EvaluatedClassifiers

CLASSIFICATION = "components.evaluator.classification.evaluate.evaluate_model"


@dataclass(frozen=True)
class Outcome:
    """What an execution of Evaluate left."""

    evaluation: Path
    blessing: Any
    section: Section

    @property
    def failed(self) -> list[str]:
        """Names of the failed checks."""
        checks = self.section.facts["checks"]
        return [check["name"] for check in checks if not check["passed"]]


@dataclass(frozen=True)
class Evaluator:
    """Runs Evaluate on the test split."""

    classifiers: EvaluatedClassifiers
    folder: Path

    def __call__(
        self,
        model: Path,
        gate: dict[str, Any],
        evaluate_fn: str = COUNTING,
        baseline: Path | None = None,
        baseline_sha256: str | None = None,
    ) -> Outcome:
        outputs = {
            "evaluation": ModelEvaluation(),
            "blessing": ModelBlessing(),
            "section": ReportSection(),
        }
        for name, artifact in outputs.items():
            artifact.uri = str(self.folder / name)
        Evaluate.test_call(
            examples=_artifact(Examples, self.classifiers.examples),
            model=_artifact(Model, model.parent),
            **outputs,
            evaluate_fn=evaluate_fn,
            gate=json.dumps(gate),
            dataset=json.dumps(DATASET),
            split="test",
            baseline_uri=str(baseline or ""),
            baseline_sha256=baseline_sha256
            or (hash_directory(baseline) if baseline else ""),
            code_fingerprint="",
            batch_size=100,
        )
        return Outcome(
            evaluation=self.folder / "evaluation",
            blessing=outputs["blessing"],
            section=read_section(outputs["section"].uri),
        )


@pytest.fixture
def run_evaluate(classifiers: EvaluatedClassifiers, tmp_path: Path) -> Evaluator:
    return Evaluator(classifiers, tmp_path)


def _artifact(artifact_type: type, uri: Path) -> Any:
    artifact = artifact_type()
    artifact.uri, artifact.id = str(uri), 42
    return artifact


def _push(model: Path, blessing: Any, folder: Path) -> list[Path]:
    """Run the stock Pusher; the versions it left at the destination."""
    destination = {"filesystem": {"base_directory": str(folder / "pushed")}}
    context = BaseExecutor.Context(tmp_dir=str(folder / "tmp"), unique_id="1")
    Pusher(context).Do(
        {"model": [_artifact(Model, model.parent)], "model_blessing": [blessing]},
        {"pushed_model": [_artifact(PushedModel, folder / "pushed_model")]},
        {"push_destination": json.dumps(destination), "custom_config": "null"},
    )
    return list((folder / "pushed").glob("*"))


def test_blessed_model_is_pushed(
    run_evaluate: Evaluator, classifiers: EvaluatedClassifiers, tmp_path: Path
) -> None:
    outcome = run_evaluate(classifiers.good, {"test_hits": {"min": 0.7}})
    assert outcome.section.verdict == "passed"
    assert (tmp_path / "blessing" / "BLESSED").exists()
    assert outcome.blessing.get_string_custom_property("current_model") == str(
        classifiers.good.parent
    )
    (version,) = _push(classifiers.good, outcome.blessing, tmp_path)
    assert hash_directory(version) == hash_directory(classifiers.good)


@pytest.mark.slow
def test_model_of_shuffled_labels_is_refused_and_not_pushed(
    run_evaluate: Evaluator, classifiers: EvaluatedClassifiers, tmp_path: Path
) -> None:
    gate = {"test_accuracy": {"min": 0.7}, "test_log_loss": {"max": 1.0}}
    outcome = run_evaluate(classifiers.shuffled, gate, CLASSIFICATION)
    assert outcome.failed == ["test_accuracy.min", "test_log_loss.max"]
    verdict = read_model_verdict(outcome.evaluation)
    assert [check.name for check in verdict.failed] == outcome.failed
    assert verdict.model_sha256 == hash_directory(classifiers.shuffled)
    assert outcome.section.verdict == "refused"
    assert (tmp_path / "blessing" / "NOT_BLESSED").exists()
    assert _push(classifiers.shuffled, outcome.blessing, tmp_path) == []
    values = read_metrics(outcome.evaluation).values
    assert values["test_log_loss"] > values["baseline_log_loss_class_share"]


def test_candidate_worse_than_the_published_model_is_refused(
    run_evaluate: Evaluator, classifiers: EvaluatedClassifiers
) -> None:
    gate = {"test_hits": {"min": 0.01, "not_worse_by": 0.05}}
    outcome = run_evaluate(classifiers.shuffled, gate, baseline=classifiers.good)
    assert outcome.failed == ["test_hits.not_worse_by"]
    record = read_metrics(outcome.evaluation)
    assert record.baseline is not None
    assert record.baseline["test_hits"] > record.values["test_hits"]
    assert outcome.blessing.get_string_custom_property("baseline_model")


def test_candidate_as_good_as_the_published_model_is_blessed(
    run_evaluate: Evaluator, classifiers: EvaluatedClassifiers
) -> None:
    gate = {"test_hits": {"min": 0.01, "not_worse_by": 0}}
    outcome = run_evaluate(classifiers.good, gate, baseline=classifiers.good)
    assert outcome.failed == []
    assert outcome.blessing.get_int_custom_property("blessed") == 1


def test_metric_that_was_not_measured_is_refused(
    run_evaluate: Evaluator, classifiers: EvaluatedClassifiers
) -> None:
    outcome = run_evaluate(classifiers.good, {"test_other": {"min": 0.0}})
    assert outcome.failed == ["test_other.min"]
    assert "not measured" in outcome.section.summary


def test_published_model_with_another_hash_stops_the_run(
    run_evaluate: Evaluator, classifiers: EvaluatedClassifiers, tmp_path: Path
) -> None:
    published = shutil.copytree(classifiers.good, tmp_path / "published")
    before = hash_directory(published)
    (published / "provenance.json").write_text("{}")
    with pytest.raises(ProdlError, match=f"Expected sha256 {before}.\nReceived sha256"):
        run_evaluate(
            classifiers.good,
            {"x": {"min": 0}},
            baseline=published,
            baseline_sha256=before,
        )


def test_published_model_is_found_from_the_projects_root(
    run_evaluate: Evaluator,
    classifiers: EvaluatedClassifiers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(classifiers.good, tmp_path / "models" / "1")
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    sha256 = hash_directory(classifiers.good)
    baseline = Path("models", "1")
    gate = {"test_hits": {"min": 0, "not_worse_by": 0}}
    outcome = run_evaluate(
        classifiers.good, gate, baseline=baseline, baseline_sha256=sha256
    )
    assert outcome.section.facts["baseline"]


def test_missing_published_model_is_named(
    run_evaluate: Evaluator, classifiers: EvaluatedClassifiers, tmp_path: Path
) -> None:
    with pytest.raises(ProdlError, match="no such folder"):
        run_evaluate(
            classifiers.good,
            {"x": {"min": 0}},
            baseline=tmp_path / "gone",
            baseline_sha256="0",
        )


@pytest.mark.parametrize(
    "path", ["nowhere.evaluate_model", "components.evaluator.gate.evaluate_model", "x"]
)
def test_wrong_evaluate_fn_is_named(
    run_evaluate: Evaluator, classifiers: EvaluatedClassifiers, path: str
) -> None:
    with pytest.raises(UsageError, match=f"Received '{path}'"):
        run_evaluate(classifiers.good, {"x": {"min": 0}}, path)


def test_section_tells_verdict_checks_and_protocol(
    run_evaluate: Evaluator, classifiers: EvaluatedClassifiers
) -> None:
    outcome = run_evaluate(classifiers.good, {"test_hits": {"min": 0.7}})
    (check,) = outcome.section.facts["checks"]
    assert {"name", "metric", "value", "wanted", "received", "passed"} <= set(check)
    assert outcome.section.facts["metrics"]["test_hits"] == check["value"]
    assert "at least 0.7" in outcome.section.html
    assert "Nothing is published yet" in outcome.section.html
