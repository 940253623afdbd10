# SPDX-License-Identifier: Apache-2.0
"""What KFP's own page would draw, read from a metadata store as its front end reads it.

Restated from the front end of Kubeflow Pipelines 2.16.1 (`MetricsVisualizations.tsx`,
`ROCCurveHelper.ts`, `MlmdUtils.ts`). What it answers with an error is an error here.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from google.protobuf import json_format
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

NAME: Final = "display_name"
POINT: Final = ("confidenceThreshold", "falsePositiveRate", "recall")


@dataclass(frozen=True)
class Drawn:
    """One artifact that KFP's page draws."""

    type: str
    """Name of its type."""

    name: str
    """Title of the drawing."""

    table: dict[str, str]
    """Rows of the table of a `system.Metrics`: name -> value, as JSON."""

    roc: list[tuple[float, float]]
    """Points of the ROC curve: false positive rate, recall."""

    confusion: tuple[list[str], list[list[float]]]
    """Labels and rows of the confusion matrix."""

    html: str
    """What is loaded into the frame."""


def read_page(database: Path, read_file: Callable[[str], str]) -> list[Drawn]:
    """Every artifact of a store that KFP's page draws.

    Args:
        database: The SQLite file.
        read_file: Address -> content of the one object there.
    """
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(database)
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READONLY
    store = metadata_store.MetadataStore(config)
    names = {kind.id: kind.name for kind in store.get_artifact_types()}
    artifacts = store.get_artifacts()
    return list(_drawn(artifacts, names, read_file))


def _drawn(
    artifacts: list[mlmd.Artifact], names: dict[int, str], read: Callable[[str], str]
) -> Iterator[Drawn]:
    for artifact in artifacts:
        properties = artifact.custom_properties
        name, kind = properties[NAME].string_value, names[artifact.type_id]
        if not name:
            continue
        if kind == "system.Metrics":
            yield Drawn(kind, name, _table(properties), [], ([], []), "")
        elif kind == "system.HTML":
            yield Drawn(kind, name, {}, [], ([], []), read(artifact.uri))
        elif kind == "system.ClassificationMetrics":
            roc = _struct(properties, "confidenceMetrics")
            confusion = _struct(properties, "confusionMatrix")
            if roc or confusion:
                points = _points(roc["list"]) if roc else []
                matrix = _matrix(confusion["struct"]) if confusion else ([], [])
                yield Drawn(kind, name, {}, points, matrix, "")


def _table(properties: Any) -> dict[str, str]:
    return {key: _shown(properties[key]) for key in sorted(properties) if key != NAME}


def _shown(value: mlmd.Value) -> str:
    kind = value.WhichOneof("value")
    assert kind != "struct_value", "a table has scalars only"
    shown = getattr(value, kind)
    # JavaScript has one kind of number: 1 and not 1.0.
    is_whole = isinstance(shown, float) and shown.is_integer()
    return json.dumps(int(shown) if is_whole else shown)


def _struct(properties: Any, key: str) -> Any:
    if key not in properties:
        return None
    return json_format.MessageToDict(properties[key].struct_value)


def _points(listed: list[dict[str, Any]]) -> list[tuple[float, float]]:
    for point in listed:
        assert all(isinstance(point[key], float) for key in POINT), point
    return [(point["falsePositiveRate"], point["recall"]) for point in listed]


def _matrix(matrix: dict[str, Any]) -> tuple[list[str], list[list[float]]]:
    labels = [spec["displayName"] for spec in matrix["annotationSpecs"]]
    rows = [row["row"] for row in matrix["rows"]]
    assert all(isinstance(value, float) for row in rows for value in row)
    assert {len(labels)} == {len(rows), *map(len, rows)}
    return labels, rows
