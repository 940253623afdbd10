# SPDX-License-Identifier: Apache-2.0
"""The last step on a cluster: what `prodl run` does after the graph, done by a node.

A run that a gate stops does not get there; its sections stay in the object store.
"""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base.base_node import BaseNode
from tfx.types.artifact import Artifact
from tfx.types.standard_artifacts import (
    Model,
    ModelEvaluation,
    ModelRun,
    PushedModel,
)

from components.contracts.artifacts import (
    RawDataset,
    ReportPage,
    ReportSection,
    ValidationResult,
)
from components.core.project import project_root
from components.evaluator.metrics import METRICS_FILE
from components.ingest.acquire.acquire import raw_folder
from components.trainer.provenance import git_state
from pipelines.data_version import describe_commit
from pipelines.fingerprint import source_fingerprint
from pipelines.local.outputs import VERDICT_FILE, recipe_verdict
from pipelines.report_pages import write_recipe_page
from pipelines.run_record import RunRecord, StepRecord

# Input of the node -> the node and the output that it is.
SOURCES = {
    "raw": ("Acquire", "raw"),
    "items": ("ValidateItems", "result"),
    "distributions": ("SummariseDistributions", "result"),
    "model": ("Trainer", "model"),
    "model_run": ("Trainer", "model_run"),
    "evaluation": ("Evaluate", "evaluation"),
    "section": ("Evaluate", "section"),
    "pushed": ("Pusher", "pushed_model"),
}


@component
def Report(  # noqa: N802
    raw: InputArtifact[RawDataset],
    items: InputArtifact[ValidationResult],
    distributions: InputArtifact[ValidationResult],
    model: InputArtifact[Model],
    model_run: InputArtifact[ModelRun],
    evaluation: InputArtifact[ModelEvaluation],
    section: InputArtifact[ReportSection],
    pushed: InputArtifact[PushedModel],
    page: OutputArtifact[ReportPage],
    recipe: Parameter[str],
    code_fingerprint: Parameter[str],
) -> None:
    """Write the page of a run from the sections that its steps left.

    Args:
        raw: Facts about the data.
        items: Section `items`.
        distributions: Section `distributions`.
        model: The model, for its provenance.
        model_run: Section `training`.
        evaluation: Metrics.
        section: Section `evaluation`.
        pushed: What Pusher made of the verdict.
        page: index.html, verdict.json and the metrics.
        recipe: Name of the recipe.
        code_fingerprint: Fingerprint of the code, only for the cache key.
    """
    del code_fingerprint
    given = {
        **{"raw": raw, "items": items, "distributions": distributions},
        **{"model": model, "model_run": model_run, "evaluation": evaluation},
        **{"section": section, "pushed": pushed},
    }
    record = _record(recipe, given)
    folder = Path(page.uri)
    folder.mkdir(parents=True, exist_ok=True)
    # Folders in the verdict are told from the container's root: bucket and key.
    verdict = recipe_verdict(recipe, Path("/"), record)
    text = json.dumps(verdict, indent=1, sort_keys=True)
    (folder / VERDICT_FILE).write_text(text, encoding="utf-8")
    shutil.copy(Path(evaluation.uri) / METRICS_FILE, folder)
    write_recipe_page(recipe, project_root(), record, verdict, folder / "index.html")


def report_nodes(recipe: str, nodes: tuple[BaseNode, ...]) -> tuple[BaseNode, ...]:
    """What a cluster adds to the nodes of a graph: the page."""
    known = {node.id: node for node in nodes}
    inputs: dict[str, Any] = {
        name: known[node].outputs[output] for name, (node, output) in SOURCES.items()
    }
    source = source_fingerprint("pipelines.kubeflow.report_node")
    return (Report(**inputs, recipe=recipe, code_fingerprint=source),)


def _record(recipe: str, given: dict[str, Artifact]) -> RunRecord:
    """What the run left, as far as a node of it can know."""
    steps: dict[str, StepRecord] = {}
    for name, (node, output) in SOURCES.items():
        reason = "times are on Kubeflow's own page"
        step = steps.setdefault(node, StepRecord(node, "ran", reason))
        step.outputs[output] = given[name].uri
    raw = given["raw"]
    facts = ("dataset", "variant", "content_sha256", "dvc_md5")
    data: dict[str, Any] = {f: raw.get_string_custom_property(f) for f in facts}
    data["folder"] = raw_folder(data["dataset"], data["variant"])
    # The version was taken from dvc.lock when the graph was compiled.
    data["dvc_agrees"] = True
    name = f"{recipe}.{datetime.now(UTC):%Y%m%dT%H%M%S}"
    commit = describe_commit(*git_state())
    return RunRecord(name, commit=commit, data=data, steps=list(steps.values()))
