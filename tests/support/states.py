# SPDX-License-Identifier: Apache-2.0
"""A small state folder: MLMD's database with some executions, and their artifacts."""

from pathlib import Path

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipelines.state_folder import open_state, record_executions

NUM_EXECUTIONS = 40


def make_state(state: Path) -> Path:
    """Make a state folder as a run leaves it, and return it."""
    state.mkdir(parents=True)
    open_state(state)
    write_database(state / "mlmd.sqlite", NUM_EXECUTIONS)
    for execution in range(1, NUM_EXECUTIONS + 1):
        artifact = state / "artifacts" / "Ingest" / "examples" / str(execution)
        artifact.mkdir(parents=True)
        (artifact / "part").write_text("content")
    record_executions(state)
    return state


def write_database(path: Path, num_executions: int) -> None:
    """Write a database of MLMD with some executions, each with an artifact."""
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    store = metadata_store.MetadataStore(config)
    execution = mlmd.Execution(
        type_id=store.put_execution_type(mlmd.ExecutionType(name="Ingest"))
    )
    artifact = mlmd.Artifact(
        type_id=store.put_artifact_type(mlmd.ArtifactType(name="Model")),
        uri="artifacts/" * 50,
    )
    store.put_executions([execution] * num_executions)
    store.put_artifacts([artifact] * num_executions)
