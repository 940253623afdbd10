# SPDX-License-Identifier: Apache-2.0
"""The curated schema of a data set, in the text form of TensorFlow Metadata."""

from pathlib import Path
from typing import Final

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.contracts.damaged_outputs import output_remedy
from components.core.errors import DamagedFile, UsageError
from components.core.files import write_text

SCHEMA_FILE: Final = "schema.pbtxt"


def parse_schema(text: str) -> schema_pb2.Schema:
    """Parse a schema.

    Args:
        text: Content of `data/<dataset>/schema.pbtxt`.

    Raises:
        UsageError: If the schema is invalid; the message gives line and column.
    """
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
    """Check a schema and write it, comments included, to the file that TFX expects.

    Args:
        text: Content of `data/<dataset>/schema.pbtxt`.
        directory: Folder of the Schema artifact; made if needed.
    """
    parse_schema(text)
    write_text(Path(directory) / SCHEMA_FILE, text)


def read_schema(directory: str | Path) -> schema_pb2.Schema:
    """Read the schema that `write_schema` wrote into a folder.

    Raises:
        DamagedFile: If it is not what was written.
    """
    path = Path(directory) / SCHEMA_FILE
    try:
        return parse_schema(path.read_text(encoding="utf-8"))
    except (UsageError, ValueError):
        remedy = output_remedy(path.parent)
        raise DamagedFile(path, "it is no schema", remedy) from None
