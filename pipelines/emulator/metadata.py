# SPDX-License-Identifier: Apache-2.0
"""The metadata store of an emulated cluster: artifacts and executions in real MLMD.

Artifacts are written as KFP writes them: the id is the artifact's name, facts become
custom properties, numbers become doubles. Contexts are named as TFX names them, so that
`pipelines/lineage/store.py` reads this store like the local one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.core.errors import UsageError
from components.core.yaml_files import parse_yaml

FINGERPRINT = "cache_fingerprint"


@dataclass(frozen=True)
class Finished:
    """A finished execution and its outputs."""

    id: int
    """MLMD's id of the execution."""

    artifacts: dict[str, kfp.RuntimeArtifact]
    """Output artifacts by name, as a later step receives them."""

    parameters: dict[str, Any]
    """Output parameters by name."""


class MetadataStore:
    """Writes executions of one pipeline run, and finds earlier ones by fingerprint."""

    def __init__(self, path: Path, pipeline: str, run: str) -> None:
        """Open the store.

        Args:
            path: The SQLite file; made if needed.
            pipeline: Name of the pipeline.
            run: Name of the run.
        """
        config = mlmd.ConnectionConfig()
        config.sqlite.filename_uri = str(path)
        config.sqlite.connection_mode = (
            mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
        )
        self._store = metadata_store.MetadataStore(config)
        self._pipeline, self._run = pipeline, run

    def find(self, node: str, fingerprint: str) -> Finished | None:
        """The newest successful execution of a node with this fingerprint."""
        context = self._store.get_context_by_type_and_name(
            "node", f"{self._pipeline}.{node}"
        )
        found = self._store.get_executions_by_context(context.id) if context else []
        for execution in sorted(found, key=lambda e: e.id, reverse=True):
            same = execution.custom_properties[FINGERPRINT].string_value == fingerprint
            if same and execution.last_known_state == mlmd.Execution.COMPLETE:
                return self._finished(execution)
        return None

    def record(
        self,
        node: str,
        state: str,
        fingerprint: str,
        inputs: kfp.ExecutorInput.Inputs,
        outputs: Mapping[str, kfp.RuntimeArtifact],
        parameters: Mapping[str, Any],
    ) -> Finished:
        """Record an execution with its artifacts.

        Args:
            node: Name of the task.
            state: `COMPLETE`, `CACHED` or `FAILED`.
            fingerprint: KFP's cache key; empty where the task is not cached.
            inputs: Resolved by the driver.
            outputs: Output artifacts; those of a cached execution carry their names.
            parameters: Output parameters.
        """
        execution = mlmd.Execution(
            type_id=self._store.put_execution_type(
                mlmd.ExecutionType(name="system.ContainerExecution")
            ),
            last_known_state=mlmd.Execution.State.Value(state),
        )
        execution.custom_properties[FINGERPRINT].string_value = fingerprint
        for name, value in inputs.parameter_values.items():
            _set(execution.custom_properties, name, json_format.MessageToDict(value))
        for name, value in parameters.items():
            _set(execution.custom_properties, f"output:{name}", value)
        links = [
            (mlmd.Artifact(id=int(artifact.name)), _event(mlmd.Event.INPUT, name))
            for name, listed in inputs.artifacts.items()
            for artifact in listed.artifacts
        ]
        links = [(self._existing(a.id), event) for a, event in links]
        links += [
            (self._artifact(name, artifact), _event(mlmd.Event.OUTPUT, name))
            for name, artifact in outputs.items()
        ]
        contexts = [
            self._context("node", f"{self._pipeline}.{node}"),
            self._context("pipeline_run", self._run),
        ]
        execution.id, _, _ = self._store.put_execution(execution, links, contexts)
        return self._finished(execution)

    def _finished(self, execution: mlmd.Execution) -> Finished:
        events = self._store.get_events_by_execution_ids([execution.id])
        ids = {
            e.path.steps[0].key: e.artifact_id
            for e in events
            if e.type == mlmd.Event.OUTPUT
        }
        return Finished(
            id=execution.id,
            artifacts={n: _as_input(self._existing(i)) for n, i in ids.items()},
            parameters={
                name.removeprefix("output:"): value.string_value
                for name, value in execution.custom_properties.items()
                if name.startswith("output:")
            },
        )

    def _existing(self, artifact_id: int) -> mlmd.Artifact:
        (artifact,) = self._store.get_artifacts_by_id([artifact_id])
        return artifact

    def _artifact(self, name: str, output: kfp.RuntimeArtifact) -> mlmd.Artifact:
        if output.name:
            return self._existing(int(output.name))
        title = output.type.schema_title or _title(output.type.instance_schema)
        artifact = mlmd.Artifact(
            uri=output.uri,
            state=mlmd.Artifact.LIVE,
            type_id=self._store.put_artifact_type(mlmd.ArtifactType(name=title)),
        )
        for key, value in json_format.MessageToDict(output.metadata).items():
            _set(artifact.custom_properties, key, value)
        artifact.custom_properties["display_name"].string_value = name
        return artifact

    def _context(self, kind: str, name: str) -> mlmd.Context:
        type_id = self._store.put_context_type(mlmd.ContextType(name=kind))
        found = self._store.get_context_by_type_and_name(kind, name)
        return found or mlmd.Context(type_id=type_id, name=name)


def _as_input(artifact: mlmd.Artifact) -> kfp.RuntimeArtifact:
    """An artifact as KFP's driver passes it to a later step: without its type."""
    runtime = kfp.RuntimeArtifact(name=str(artifact.id), uri=artifact.uri)
    runtime.type.instance_schema = ""
    facts = {key: _plain(value) for key, value in artifact.custom_properties.items()}
    json_format.ParseDict(facts, runtime.metadata)
    return runtime


def _event(kind: int, name: str) -> mlmd.Event:
    event = mlmd.Event(type=kind)
    event.path.steps.add().key = name
    return event


def _set(properties: Any, key: str, value: Any) -> None:
    if isinstance(value, bool | int | float):
        properties[key].double_value = value
    elif isinstance(value, str):
        properties[key].string_value = value
    else:
        json_format.ParseDict({"struct": value}, properties[key].struct_value)


def _plain(value: mlmd.Value) -> Any:
    kind = value.WhichOneof("value")
    if kind == "struct_value":
        return json_format.MessageToDict(value.struct_value)["struct"]
    return getattr(value, kind)


def _title(schema: str) -> str:
    """The name of an artifact's type in its schema, which is YAML."""
    where = "instanceSchema of an artifact"
    documents = parse_yaml(schema, where)
    first = documents[0] if documents else None
    title = first.get("title") if isinstance(first, Mapping) else None
    if not isinstance(title, str):
        raise UsageError(f"{where}: expected a mapping with a title.")
    return title
