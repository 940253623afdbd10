# SPDX-License-Identifier: Apache-2.0
"""TFX component Evaluate: measures a model, applies the gate, writes the blessing."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tfx.components.evaluator import constants
from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.types.artifact import Artifact
from tfx.types.standard_artifacts import (
    Examples,
    Model,
    ModelBlessing,
    ModelEvaluation,
)
from tfx.utils import path_utils

from components.contracts.artifacts import ReportSection
from components.contracts.step_data import write_step_data
from components.contracts.verdicts import MODEL_SHA256, write_model_verdict
from components.evaluator.evaluation import (
    Evaluation,
    evaluate,
    load_evaluate_fn,
    open_model,
    read_examples,
)
from components.evaluator.examples import BATCH_SIZE
from components.evaluator.metrics import write_metrics
from components.serving.saved_model import SavedModel

# Not imported: a reworded section must not evaluate again.
RENDERER: Final = "components.evaluator.section"


@component
def Evaluate(  # noqa: N802, a component is named like a class
    examples: InputArtifact[Examples],
    model: InputArtifact[Model],
    evaluation: OutputArtifact[ModelEvaluation],
    blessing: OutputArtifact[ModelBlessing],
    section: OutputArtifact[ReportSection],
    evaluate_fn: Parameter[str],
    gate: Parameter[str],
    dataset: Parameter[str],
    split: Parameter[str],
    baseline_uri: Parameter[str],
    baseline_sha256: Parameter[str],
    code_fingerprint: Parameter[str],
    needs_uri: Parameter[str] = "",
    needs_sha256: Parameter[str] = "",
    batch_size: Parameter[int] = BATCH_SIZE,
    metrics: Parameter[str] = "[]",
) -> None:
    """Evaluate a model on one split; a refused model is a result, not an error.

    Args:
        examples: Holds the split.
        model: The candidate.
        evaluation: metrics.json, verdict.json, and the files of the evaluate function.
        blessing: Input of the stock Pusher.
        section: Data of the section `evaluation` of the report.
        evaluate_fn: Import path of a function (model, examples) -> Metrics.
        gate: Metric -> limits, and import path of an own gate -> arguments, as JSON.
        dataset: Facts about the data set, as JSON.
        split: Name of the split.
        baseline_uri: Folder of the published model; empty if nothing is published.
        baseline_sha256: Hash that this folder must have.
        code_fingerprint: Fingerprint of the code, only there to be in the cache key.
        needs_uri: Folder of the published model that the evaluation reads. Defaults to
            none.
        needs_sha256: Hash that this folder must have.
        batch_size: Examples at once. Defaults to 1000.
        metrics: Import paths of the user's own metrics, as JSON. Defaults to none.
    """
    outcome = evaluate(
        candidate=SavedModel(path_utils.serving_model_path(model.uri)),
        baseline=open_model("baseline", baseline_uri, baseline_sha256),
        examples=read_examples(
            examples.uri,
            split,
            dataset,
            batch_size,
            open_model("needs", needs_uri, needs_sha256),
        ),
        evaluate_fn=load_evaluate_fn(evaluate_fn),
        gate=gate,
        own_metrics=json.loads(metrics),
    )
    published = outcome.baseline.values if outcome.baseline else None
    write_metrics(outcome.metrics, evaluation.uri, published)
    write_model_verdict(outcome.verdict, evaluation.uri)
    _write_evaluation_data(outcome, section.uri)
    _bless(blessing, model, baseline_uri, outcome)


def _write_evaluation_data(outcome: Evaluation, folder: str) -> None:
    metrics, baseline = outcome.metrics, outcome.baseline
    facts = {
        "checks": [asdict(check) for check in outcome.verdict.checks],
        "metrics": dict(metrics.values),
        "protocol": dict(metrics.protocol),
        "baseline": dict(baseline.values) if baseline else None,
        "renderer": metrics.renderer,
        "details": dict(metrics.facts),
    }
    write_step_data(folder, RENDERER, facts, metrics.arrays, metrics.pictures)


def _bless(
    blessing: Artifact,
    model: Artifact,
    baseline_uri: str,
    outcome: Evaluation,
) -> None:
    """Write what the stock Evaluator writes, and the hash of the model."""
    is_blessed, sha256 = outcome.passed, outcome.verdict.model_sha256
    blessing.set_string_custom_property(MODEL_SHA256, sha256)
    value = constants.BLESSED_VALUE if is_blessed else constants.NOT_BLESSED_VALUE
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, value)
    blessing.set_string_custom_property(
        constants.ARTIFACT_PROPERTY_CURRENT_MODEL_URI_KEY, model.uri
    )
    blessing.set_int_custom_property(
        constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY, model.id
    )
    if baseline_uri:
        blessing.set_string_custom_property(
            constants.ARTIFACT_PROPERTY_BASELINE_MODEL_URI_KEY, baseline_uri
        )
    name = (
        constants.BLESSED_FILE_NAME if is_blessed else constants.NOT_BLESSED_FILE_NAME
    )
    folder = Path(blessing.uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).touch()
