# SPDX-License-Identifier: Apache-2.0
"""The metadata store of an emulated cluster: artifacts and executions in real MLMD.

Artifacts are written as KFP writes them: the id is the artifact's name, facts become
custom properties. Contexts and input parameters are named as TFX names them, so that
`pipelines/lineage/store.py` reads this store like the local one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from google.protobuf import struct_pb2
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.core.errors import UsageError
from components.core.yaml_files import parse_yaml
from pipelines.emulator.properties import metadata_of, set_properties

FINGERPRINT: Final = "cache_fingerprint"
OUTPUTS: Final = "outputs"


@dataclass(frozen=True)
class Finished:
    """A finished execution and its outputs."""

    id: int
    """MLMD's id of the execution."""

    artifacts: dict[str, kfp.RuntimeArtifact]
    """Output artifacts by name, as a later step receives them."""

    parameters: dict[str, struct_pb2.Value]
    """Output parameters by name."""


class MetadataStore:
    """Writes executions of one pipeline run, and finds earlier ones by fingerprint."""

    def __init__(self, path: Path, pipeline: str, run: str, session: str = "") -> None:
        """Open the store.

        Args:
            path: The SQLite file; made if needed.
            pipeline: Name of the pipeline.
            run: Name of the run.
            session: Fact `store_session_info` of new artifacts. Defaults to none.
        """
        config = mlmd.ConnectionConfig()
        config.sqlite.filename_uri = str(path)
        config.sqlite.connection_mode = (
            mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
        )
        self._store = metadata_store.MetadataStore(config)
        self._pipeline, self._run, self._session = pipeline, run, session

    def find(self, fingerprint: str) -> Finished | None:
        """The newest successful execution in this pipeline with this cache key."""
        context = self._store.get_context_by_type_and_name("pipeline", self._pipeline)
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
        parameters: Mapping[str, struct_pb2.Value],
    ) -> Finished:
        """Record an execution with its new artifacts.

        Args:
            node: Name of the task.
            state: `COMPLETE` or `FAILED`.
            fingerprint: KFP's cache key; empty where the task is not cached.
            inputs: Resolved by the driver.
            outputs: Output artifacts.
            parameters: Output parameters.

        Raises:
            ProdlError: If a fact of an artifact is null.
        """
        made = [(name, self._new(name, output)) for name, output in outputs.items()]
        return self._put(node, state, fingerprint, inputs, made, parameters)

    def reuse(
        self,
        node: str,
        fingerprint: str,
        inputs: kfp.ExecutorInput.Inputs,
        earlier: Finished,
    ) -> Finished:
        """Record a cached execution, which has the outputs of an earlier one.

        Args:
            node: Name of the task.
            fingerprint: KFP's cache key.
            inputs: Resolved by the driver.
            earlier: Found by the key.
        """
        outputs = [
            (name, self._existing(int(artifact.name)))
            for name, artifact in earlier.artifacts.items()
        ]
        parameters = earlier.parameters
        return self._put(node, "CACHED", fingerprint, inputs, outputs, parameters)

    def _put(
        self,
        node: str,
        state: str,
        fingerprint: str,
        inputs: kfp.ExecutorInput.Inputs,
        outputs: list[tuple[str, mlmd.Artifact]],
        parameters: Mapping[str, struct_pb2.Value],
    ) -> Finished:
        execution = mlmd.Execution(
            type_id=self._store.put_execution_type(
                mlmd.ExecutionType(name="system.ContainerExecution")
            ),
            last_known_state=mlmd.Execution.State.Value(state),
        )
        execution.custom_properties[FINGERPRINT].string_value = fingerprint
        set_properties(execution.custom_properties, inputs.parameter_values)
        for name, value in parameters.items():
            values = execution.custom_properties[OUTPUTS].struct_value
            values.fields[name].CopyFrom(value)
        links = [
            (self._existing(int(artifact.name)), _event(mlmd.Event.INPUT, name))
            for name, listed in inputs.artifacts.items()
            for artifact in listed.artifacts
        ]
        links += [(made, _event(mlmd.Event.OUTPUT, name)) for name, made in outputs]
        contexts = [
            self._context("node", f"{self._pipeline}.{node}"),
            self._context("pipeline", self._pipeline),
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
        values = execution.custom_properties[OUTPUTS].struct_value.fields
        return Finished(
            id=execution.id,
            artifacts={n: _as_input(self._existing(i)) for n, i in ids.items()},
            parameters=dict(values),
        )

    def _existing(self, artifact_id: int) -> mlmd.Artifact:
        (artifact,) = self._store.get_artifacts_by_id([artifact_id])
        return artifact

    def _new(self, name: str, output: kfp.RuntimeArtifact) -> mlmd.Artifact:
        title = output.type.schema_title or _title(output.type.instance_schema)
        artifact = mlmd.Artifact(
            uri=output.uri,
            state=mlmd.Artifact.LIVE,
            type_id=self._store.put_artifact_type(mlmd.ArtifactType(name=title)),
        )
        facts = artifact.custom_properties
        facts["display_name"].string_value = name
        facts["store_session_info"].string_value = self._session
        # A step may have said both itself.
        set_properties(facts, output.metadata.fields)
        return artifact

    def _context(self, kind: str, name: str) -> mlmd.Context:
        type_id = self._store.put_context_type(mlmd.ContextType(name=kind))
        found = self._store.get_context_by_type_and_name(kind, name)
        return found or mlmd.Context(type_id=type_id, name=name)


def _as_input(artifact: mlmd.Artifact) -> kfp.RuntimeArtifact:
    """An artifact as KFP's driver passes it to a later step: without its type."""
    runtime = kfp.RuntimeArtifact(name=str(artifact.id), uri=artifact.uri)
    runtime.type.instance_schema = ""
    runtime.metadata.CopyFrom(metadata_of(artifact.custom_properties))
    return runtime


def _event(kind: int, name: str) -> mlmd.Event:
    event = mlmd.Event(type=kind)
    event.path.steps.add().key = name
    return event


def _title(schema: str) -> str:
    """The name of an artifact's type in its schema, which is YAML."""
    where = "instanceSchema of an artifact"
    documents = parse_yaml(schema, where)
    first = documents[0] if documents else None
    title = first.get("title") if isinstance(first, Mapping) else None
    if not isinstance(title, str):
        raise UsageError(f"{where}: expected a mapping with a title.")
    return title
