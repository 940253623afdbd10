# SPDX-License-Identifier: Apache-2.0
"""A state folder with a run whose model passed, made without TFX and TensorFlow.

Metadata are those of a real store: the artifacts and executions that verdicts and
publishing read, in MLMD.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.contracts.verdicts import (
    MODEL_SHA256,
    GateCheck,
    ModelVerdict,
    write_model_verdict,
)
from components.core.hashing import hash_directory
from components.evaluator.metrics import Metrics, write_metrics
from components.validation.verdict import DataCheck, Verdict, write_verdict
from pipelines.data_version import DataVersion
from pipelines.lineage.blessing import BLESSED, read_blessing
from pipelines.lineage.database import DATABASE
from pipelines.nodes import (
    BLESSING,
    DATA_NODES,
    DISTRIBUTION_VALIDATION,
    EVALUATION,
    ITEM_VALIDATION,
    MODEL,
    MODEL_NODES,
    PUSHED_MODEL,
    SCHEMA,
    NodeOutput,
)
from pipelines.run_record import RunRecord, StepRecord, save_record
from pipelines.verdicts import RecipeVerdict, recipe_verdict

DATA = DataVersion("mnist", "official", "data/raw/mnist/official", "c", "m", True)
CHECKS = (GateCheck("test_accuracy.min", "test_accuracy", "at least 0.5", "0.9", True),)
DATA_CHECK = DataCheck(
    "labels_are_known", "Labels are known.", "critical", "0-9", "0-9", "passed"
)
WARNING = DataCheck(
    "class_balance", "Classes are balanced.", "warning", "at most 2", "3", "failed"
)
_PARAMETERS: dict[str, dict[str, Any]] = {
    "ValidateItems": {"expectations": {"expectations": {}}},
    "SummariseDistributions": {"expectations": {"features": {}}},
    "Evaluate": {"gate": {"test_accuracy": {"min": 0.5}}},
}


@dataclass
class PassedState:
    """The state folder of one run, in parts that a test may spoil."""

    state: Path
    """The state folder."""

    record: RunRecord
    """The run, as it is saved there."""

    folders: dict[NodeOutput, Path] = field(default_factory=dict)
    """Output -> its folder."""

    @property
    def sha256(self) -> str:
        """Hash over the files of the model that the Pusher pushed."""
        return hash_directory(self.folders[PUSHED_MODEL])

    def verdict(self) -> RecipeVerdict:
        """The verdict that folders and metadata give, for the recipe of the run."""
        blessing = read_blessing(self.state / DATABASE, self.record.name)
        recipe = self.record.name.partition(".")[0]
        return recipe_verdict(recipe, self.state, self.record, blessing)

    def blessing(self, facts: dict[str, Any], state: str = "COMPLETE") -> None:
        """Write the metadata of the run, with these facts in the blessing."""
        _write_metadata(self, facts, state)


def make_passed_state(
    state: Path, recipe: str, model: bytes = b"graph", data: DataVersion = DATA
) -> PassedState:
    """Make the state folder of a run whose model passed.

    Args:
        state: The new state folder.
        recipe: Name of the recipe.
        model: Content of its SavedModel. Defaults to a few bytes.
        data: The data version. Defaults to one of no real files.
    """
    steps = [StepRecord(n, "ran", "first run") for n in (*DATA_NODES, *MODEL_NODES)]
    passed = PassedState(state, RunRecord(f"{recipe}.1", "abc", data, "", steps))
    for output in (ITEM_VALIDATION, DISTRIBUTION_VALIDATION, SCHEMA, MODEL):
        _add_folder(passed, output)
    for output in (EVALUATION, BLESSING, PUSHED_MODEL):
        _add_folder(passed, output)
    stages = {ITEM_VALIDATION: "items", DISTRIBUTION_VALIDATION: "distributions"}
    for output, stage in stages.items():
        write_verdict(Verdict(stage, (DATA_CHECK, WARNING)), passed.folders[output])
    (passed.folders[SCHEMA] / "schema.pbtxt").write_text("feature {}\n")
    for folder in (
        passed.folders[MODEL] / "Format-Serving",
        passed.folders[PUSHED_MODEL],
    ):
        _write_model(folder, recipe, model, data)
    evaluation = passed.folders[EVALUATION]
    sha256 = passed.sha256
    write_metrics(Metrics({"test_accuracy": 0.9}, {"split": "test"}), evaluation)
    write_model_verdict(ModelVerdict(CHECKS, sha256), evaluation)
    passed.blessing({BLESSED: 1, MODEL_SHA256: sha256})
    save_record(passed.record, state, recipe)
    return passed


def _add_folder(passed: PassedState, output: NodeOutput) -> None:
    folder = passed.state / "artifacts" / output.node / output.key / "1"
    folder.mkdir(parents=True)
    passed.folders[output] = folder
    step = next(step for step in passed.record.steps if step.node == output.node)
    step.outputs[output.key] = str(folder)


def _write_model(folder: Path, recipe: str, content: bytes, data: DataVersion) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saved_model.pb").write_bytes(content)
    provenance = {
        "recipe": recipe,
        "model_key": f"key of {recipe}",
        "seed": 1,
        "params": {"epochs": 2},
        "git": {"commit": "abc", "dirty": False},
        "dataset": {
            **{"name": "mnist", "variant": "official"},
            **{"dvc_md5": data.dvc_md5, "content_sha256": data.content_sha256},
        },
    }
    (folder / "provenance.json").write_text(json.dumps(provenance))


def _write_metadata(passed: PassedState, facts: dict[str, Any], state: str) -> None:
    database = passed.state / DATABASE
    database.unlink(missing_ok=True)
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(database)
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    store = metadata_store.MetadataStore(config)
    kinds = {
        kind: store.put_context_type(mlmd.ContextType(name=kind))
        for kind in ("node", "pipeline_run")
    }
    run = mlmd.Context(type_id=kinds["pipeline_run"], name=passed.record.name)
    run.id = store.put_contexts([run])[0]
    for step in passed.record.steps:
        node = mlmd.Context(type_id=kinds["node"], name=f"mnist.{step.node}")
        execution = mlmd.Execution(
            type_id=store.put_execution_type(mlmd.ExecutionType(name=step.node)),
            last_known_state=mlmd.Execution.State.Value(state),
        )
        for name, value in _PARAMETERS.get(step.node, {}).items():
            execution.custom_properties[name].string_value = json.dumps(value)
        links = [
            (_artifact(store, key, uri, facts), _output_event(key))
            for key, uri in step.outputs.items()
        ]
        store.put_execution(execution, links, [node, run])


def _artifact(
    store: metadata_store.MetadataStore, key: str, uri: str, facts: dict[str, Any]
) -> mlmd.Artifact:
    type_id = store.put_artifact_type(mlmd.ArtifactType(name=key))
    artifact = mlmd.Artifact(type_id=type_id, uri=uri)
    for name, value in facts.items() if key == BLESSING.key else ():
        if isinstance(value, int):
            artifact.custom_properties[name].int_value = value
        else:
            artifact.custom_properties[name].string_value = value
    return artifact


def _output_event(key: str) -> mlmd.Event:
    event = mlmd.Event(type=mlmd.Event.OUTPUT)
    event.path.steps.add().key = key
    return event
