# SPDX-License-Identifier: Apache-2.0
"""A read-only view of MLMD: executions, their parameters, and an artifact's ancestors.

It reads the SQLite store with ml_metadata alone: TFX would add ten seconds of imports
to a query.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pipelines.lineage.database import check_database

# Every other state, an unknown one too, ends a run.
SUCCEEDED: Final = ("COMPLETE", "CACHED")


@dataclass(frozen=True)
class ArtifactRecord:
    """One artifact."""

    id: int
    """MLMD's id."""

    type: str
    """Name of the artifact type."""

    uri: str
    """Folder or address."""

    facts: dict[str, Any] = field(default_factory=dict)
    """Declared and custom properties."""


@dataclass(frozen=True)
class ExecutionRecord:
    """One execution of a node."""

    id: int
    """MLMD's id."""

    node: str
    """Node id, for example `Trainer`."""

    run: str
    """Name of the pipeline run."""

    state: str
    """`COMPLETE`, `CACHED`, `FAILED` or `RUNNING`."""

    parameters: dict[str, Any]
    """Execution properties; JSON texts are parsed."""

    inputs: dict[str, tuple[int, ...]]
    """Artifact ids by input name."""

    outputs: dict[str, tuple[int, ...]]
    """Artifact ids by output name."""

    error: str = ""
    """Message of a failure that TFX recorded; empty if there is none."""

    @property
    def succeeded(self) -> bool:
        """Whether its outputs may be used: it ran to its end, or is of the cache."""
        return self.state in SUCCEEDED


class LineageStore:
    """A read-only view of a project's MLMD file."""

    def __init__(self, path: Path, is_examined: bool = False) -> None:
        """Open the store.

        Args:
            path: The SQLite file; it must exist.
            is_examined: Whether the caller knows that the file is sound. Defaults to
                False: every page of it is examined.

        Raises:
            FileNotFoundError: If nothing has been run yet.
            UnusableState: If the file is damaged.
            Busy: If another process keeps it locked.
        """
        from ml_metadata.metadata_store import metadata_store
        from ml_metadata.proto import metadata_store_pb2 as mlmd

        if not path.exists():
            raise FileNotFoundError(path)
        if not is_examined:
            check_database(path)
        config = mlmd.ConnectionConfig()
        config.sqlite.filename_uri = str(path)
        config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READONLY
        self._mlmd = mlmd
        self._store = metadata_store.MetadataStore(config)
        self._newest_one = metadata_store.ListOptions(
            limit=1, order_by=metadata_store.OrderByField.CREATE_TIME, is_asc=False
        )

    def execution(self, execution_id: int) -> ExecutionRecord:
        """One execution by its id."""
        (found,) = self._store.get_executions_by_id([execution_id])
        return self._execution_record(found)

    def executions_of(self, pipeline: str, node: str) -> Iterator[ExecutionRecord]:
        """All executions of a node, newest first."""
        context = self._store.get_context_by_type_and_name("node", f"{pipeline}.{node}")
        if context is None:
            return
        found = self._store.get_executions_by_context(context.id)
        for execution in sorted(found, key=lambda e: e.id, reverse=True):
            yield self._execution_record(execution)

    def executions_in(self, run: str) -> dict[str, ExecutionRecord]:
        """The executions of a run, by node."""
        context = self._store.get_context_by_type_and_name("pipeline_run", run)
        if context is None:
            return {}
        found = self._store.get_executions_by_context(context.id)
        records = [self._execution_record(e) for e in sorted(found, key=lambda e: e.id)]
        return {record.node: record for record in records}

    def newest_artifact_time(self) -> datetime | None:
        """Creation time of the newest artifact; None if there is none."""
        newest = self._store.get_artifacts(self._newest_one)
        if not newest:
            return None
        milliseconds = newest[0].create_time_since_epoch
        return datetime.fromtimestamp(milliseconds / 1000, UTC)

    def artifacts(self, type_name: str) -> list[ArtifactRecord]:
        """All artifacts of a type, newest first."""
        found = self._store.get_artifacts_by_type(type_name)
        records = [self._artifact_record(artifact) for artifact in found]
        return sorted(records, key=lambda record: record.id, reverse=True)

    def artifact(self, artifact_id: int) -> ArtifactRecord:
        """One artifact by its id."""
        (found,) = self._store.get_artifacts_by_id([artifact_id])
        return self._artifact_record(found)

    def ancestors(self, artifact_id: int) -> list[ArtifactRecord]:
        """All artifacts that an artifact was made from, nearest first."""
        found: list[ArtifactRecord] = []
        seen, waiting = {artifact_id}, [artifact_id]
        while waiting:
            fresh = [i for i in self._parents(waiting.pop(0)) if i not in seen]
            seen.update(fresh)
            waiting.extend(fresh)
            found.extend(self.artifact(i) for i in fresh)
        return found

    def producer(self, artifact_id: int) -> ExecutionRecord | None:
        """The execution that made an artifact; a cached use of it does not count."""
        for event in self._store.get_events_by_artifact_ids([artifact_id]):
            if event.type == self._mlmd.Event.OUTPUT:
                record = self.execution(event.execution_id)
                if record.state == "COMPLETE":
                    return record
        return None

    def _parents(self, artifact_id: int) -> list[int]:
        producer = self.producer(artifact_id)
        if producer is None:
            return []
        return [i for ids in producer.inputs.values() for i in ids]

    def _execution_record(self, execution: Any) -> ExecutionRecord:
        contexts = self._store.get_contexts_by_execution(execution.id)
        names = {context.type: context.name for context in contexts}
        events = self._store.get_events_by_execution_ids([execution.id])
        mlmd = self._mlmd
        return ExecutionRecord(
            id=execution.id,
            node=names.get("node", "").rpartition(".")[2],
            run=names.get("pipeline_run", ""),
            state=mlmd.Execution.State.Name(execution.last_known_state),
            parameters=_values(execution.custom_properties),
            inputs=_ids_by_name(events, mlmd.Event.INPUT),
            outputs=_ids_by_name(events, mlmd.Event.OUTPUT),
            error=_recorded_error(execution),
        )

    def _artifact_record(self, artifact: Any) -> ArtifactRecord:
        facts = _values(artifact.custom_properties) | _values(artifact.properties)
        return ArtifactRecord(artifact.id, artifact.type, artifact.uri, facts)


def flatten(value: Any, prefix: str = "") -> dict[str, Any]:
    """Flatten nested mappings to dotted keys: `{a: {b: 1}}` becomes `{"a.b": 1}`."""
    if not isinstance(value, dict):
        return {prefix: value}
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        flat |= flatten(inner, f"{prefix}.{key}" if prefix else str(key))
    return flat


def _recorded_error(execution: Any) -> str:
    """Last line of the error that TFX recorded for an execution."""
    value = execution.custom_properties.get("__execution_result__")
    message = json.loads(value.string_value).get("resultMessage", "") if value else ""
    lines = str(message).strip().splitlines()
    return lines[-1] if lines else ""


def _ids_by_name(events: Any, wanted: int) -> dict[str, tuple[int, ...]]:
    ids: dict[str, tuple[int, ...]] = {}
    for event in events:
        if event.type == wanted and event.path.steps:
            name = event.path.steps[0].key
            ids[name] = (*ids.get(name, ()), event.artifact_id)
    return ids


def _values(properties: Any) -> dict[str, Any]:
    return {
        key: _plain(value)
        for key, value in properties.items()
        if not key.startswith("__")
    }


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    plain = getattr(value, kind) if kind else None
    if isinstance(plain, str) and plain[:1] in "{[":
        try:
            return json.loads(plain)
        except ValueError:
            return plain
    return plain
