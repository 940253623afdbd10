# SPDX-License-Identifier: Apache-2.0
"""The curated schema: into the pipeline as text, out of it as rows of a table."""

from pathlib import Path
from typing import Any

from components.core.errors import UsageError

SCHEMA_FILE = "schema.pbtxt"


def parse_schema(text: str) -> Any:
    """Read a schema from its text form.

    Args:
        text: Content of `data/<dataset>/schema.pbtxt`.

    Raises:
        UsageError: It is no valid schema; the message gives line and column.
    """
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    try:
        schema = text_format.Parse(text, schema_pb2.Schema())
    except text_format.ParseError as error:
        raise UsageError(
            "the schema (data/<dataset>/schema.pbtxt) is not a valid text-format "
            f"tensorflow.metadata.v0.Schema.\nReceived, as line:column: {error}"
        ) from None
    if not schema.feature:
        raise UsageError(
            "the schema (data/<dataset>/schema.pbtxt) names no feature.\n"
            "Expected one `feature { ... }` for each feature of the examples."
        )
    return schema


def write_schema(text: str, directory: str | Path) -> None:
    """Check a schema and write it, comments included, as TFX expects it.

    Args:
        text: Content of `data/<dataset>/schema.pbtxt`.
        directory: Folder of the Schema artifact; made if needed.
    """
    parse_schema(text)
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCHEMA_FILE).write_text(text, encoding="utf-8")


def read_schema(directory: str | Path) -> Any:
    """Read what `write_schema` left in a folder."""
    return parse_schema((Path(directory) / SCHEMA_FILE).read_text(encoding="utf-8"))


def describe(schema: Any) -> list[list[str]]:
    """Name, type, presence, number of values and domain of each feature, in words."""
    from tensorflow_metadata.proto.v0 import schema_pb2

    return [
        [
            feature.name,
            schema_pb2.FeatureType.Name(feature.type).lower(),
            "all" if feature.presence.min_fraction == 1 else "optional",
            _num_values(feature),
            _domain(feature),
        ]
        for feature in schema.feature
    ]


def _num_values(feature: Any) -> str:
    if feature.HasField("shape"):
        sizes = [str(dim.size) for dim in feature.shape.dim]
        return " x ".join(sizes) or "1"
    count = feature.value_count
    return str(count.min) if count.min == count.max else f"{count.min} to {count.max}"


def _domain(feature: Any) -> str:
    kind = feature.WhichOneof("domain_info")
    if kind == "string_domain":
        return ", ".join(feature.string_domain.value)
    if kind in ("int_domain", "float_domain"):
        domain = getattr(feature, kind)
        return f"{domain.min:g} to {domain.max:g}"
    return (kind or "any").replace("_domain", "")
