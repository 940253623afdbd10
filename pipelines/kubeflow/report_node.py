# SPDX-License-Identifier: Apache-2.0
"""The node Report, last on a cluster: it writes the page that `prodl run` writes.

A run that a gate stops does not get there; its sections stay in the object store.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

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
    ModelBlessing,
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
from components.contracts.verdicts import MODEL_SHA256
from components.core.git import git_state
from components.core.project import project_root
from components.evaluator.metrics import METRICS_FILE
from components.ingest.source_list import raw_folder, read_source_list
from pipelines.config import load_config
from pipelines.data_version import DataVersion, describe_commit
from pipelines.fingerprint import renderer_modules, source_fingerprint
from pipelines.lineage.blessing import BLESSED, blessing_of
from pipelines.nodes import (
    BLESSING,
    DISTRIBUTION_VALIDATION,
    EVALUATION,
    EVALUATION_SECTION,
    ITEM_VALIDATION,
    MODEL,
    MODEL_RUN,
    PUSHED_MODEL,
    RAW,
    NodeOutput,
)
from pipelines.report_pages import write_recipe_page
from pipelines.run_record import RunRecord, StepRecord
from pipelines.verdicts import recipe_verdict, write_verdict

# Input of the node -> the output that it takes.
INPUTS: Final[dict[str, NodeOutput]] = {
    "raw": RAW,
    "items": ITEM_VALIDATION,
    "distributions": DISTRIBUTION_VALIDATION,
    "model": MODEL,
    "model_run": MODEL_RUN,
    "evaluation": EVALUATION,
    "blessing": BLESSING,
    "section": EVALUATION_SECTION,
    "pushed": PUSHED_MODEL,
}


@component
def Report(  # noqa: N802
    raw: InputArtifact[RawDataset],
    items: InputArtifact[ValidationResult],
    distributions: InputArtifact[ValidationResult],
    model: InputArtifact[Model],
    model_run: InputArtifact[ModelRun],
    evaluation: InputArtifact[ModelEvaluation],
    blessing: InputArtifact[ModelBlessing],
    section: InputArtifact[ReportSection],
    pushed: InputArtifact[PushedModel],
    page: OutputArtifact[ReportPage],
    recipe: Parameter[str],
    code_fingerprint: Parameter[str],
) -> None:
    """Write the page of a run from the outputs of its steps.

    Args:
        raw: Facts about the data.
        items: Section `items`.
        distributions: Section `distributions`.
        model: The model, for its provenance.
        model_run: Section `training`.
        evaluation: Metrics.
        blessing: Blessing of the model.
        section: Section `evaluation`.
        pushed: The pushed model; empty if the gate refused the model.
        page: index.html, verdict.json and the metrics.
        recipe: Name of the recipe.
        code_fingerprint: Fingerprint of the code, only for the cache key.
    """
    del code_fingerprint
    inputs = {
        **{"raw": raw, "items": items, "distributions": distributions},
        **{"model": model, "model_run": model_run, "evaluation": evaluation},
        **{"blessing": blessing, "section": section, "pushed": pushed},
    }
    record = _record(recipe, inputs)
    folder = Path(page.uri)
    folder.mkdir(parents=True, exist_ok=True)
    # Folders in the verdict are relative to the container's root: bucket and key.
    names = (BLESSED, MODEL_SHA256)
    facts = {name: blessing.get_custom_property(name) for name in names}
    verdict = recipe_verdict(recipe, Path("/"), record, blessing_of(facts))
    write_verdict(verdict, folder)
    shutil.copy(Path(evaluation.uri) / METRICS_FILE, folder)
    root = project_root()
    config = load_config(root)
    source_list = read_source_list(root, record.data.dataset)
    write_recipe_page(config, source_list, record, verdict, folder / "index.html")


def report_nodes(recipe: str, nodes: tuple[BaseNode, ...]) -> tuple[BaseNode, ...]:
    """The node that a cluster adds to the nodes of a graph."""
    known = {node.id: node for node in nodes}
    inputs: dict[str, Any] = {
        name: known[output.node].outputs[output.key] for name, output in INPUTS.items()
    }
    # The renderers are named in the data of the steps, not imported.
    fingerprint = source_fingerprint(
        "pipelines.kubeflow.report_node", *renderer_modules()
    )
    return (Report(**inputs, recipe=recipe, code_fingerprint=fingerprint),)


def _record(recipe: str, inputs: dict[str, Artifact]) -> RunRecord:
    """The record of the run, as far as a node of it can know it."""
    steps: dict[str, StepRecord] = {}
    for name, output in INPUTS.items():
        reason = "times are on Kubeflow's own page"
        step = steps.setdefault(output.node, StepRecord(output.node, "ran", reason))
        step.outputs[output.key] = inputs[name].uri
    return RunRecord(
        name=f"{recipe}.{datetime.now(UTC):%Y%m%dT%H%M%S}",
        commit=describe_commit(*git_state()),
        data=_data_version(inputs["raw"]),
        steps=list(steps.values()),
    )


def _data_version(raw: Artifact) -> DataVersion:
    dataset = raw.get_string_custom_property("dataset")
    variant = raw.get_string_custom_property("variant")
    return DataVersion(
        dataset=dataset,
        variant=variant,
        folder=raw_folder(dataset, variant),
        content_sha256=raw.get_string_custom_property("content_sha256"),
        dvc_md5=raw.get_string_custom_property("dvc_md5"),
        # The version was taken from dvc.lock when the graph was compiled.
        matches_dvc_lock=True,
    )
