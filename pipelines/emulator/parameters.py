# SPDX-License-Identifier: Apache-2.0
"""Values of parameters, checked against their declared types as KFP does it."""

import json
from typing import Final

from google.protobuf import json_format, struct_pb2
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp

from components.core.errors import ProdlError, UsageError
from components.core.shortening import quote

Types = kfp.ParameterType
# Declared type -> the kind of value that KFP takes for it.
KINDS: Final = {
    Types.STRING: "string_value",
    Types.NUMBER_INTEGER: "number_value",
    Types.NUMBER_DOUBLE: "number_value",
    Types.BOOLEAN: "bool_value",
    Types.LIST: "list_value",
    Types.STRUCT: "struct_value",
}


def type_name(declared: int) -> str:
    """The name of a declared type, for example `STRING`."""
    return str(Types.ParameterTypeEnum.Name(declared))


def is_null(value: struct_pb2.Value) -> bool:
    """Whether a value is null, or was never given."""
    return value.WhichOneof("kind") in (None, "null_value")


def as_declared(where: str, value: struct_pb2.Value, declared: int) -> struct_pb2.Value:
    """The value of an input parameter; what is declared as text becomes text.

    Args:
        where: Task and parameter, for the message.
        value: The resolved value.
        declared: The declared type, of `ParameterTypeEnum`.

    Raises:
        UsageError: If the value is of another type, or of a type that is not emulated.
    """
    if declared == Types.STRING:
        return struct_pb2.Value(string_value=_text(value))
    if value.WhichOneof("kind") != KINDS.get(declared):
        raise UsageError(
            f"{where}: expected a value of type {type_name(declared)}.\n"
            f"Received {quote(_text(value) or 'null')}.\n"
            "Give the parameter such a value in the specification."
        )
    return value


def parse_output(where: str, text: str, declared: int) -> struct_pb2.Value:
    """The value of an output parameter that a step wrote to a file of its own.

    Args:
        where: Task and parameter, for the message.
        text: Content of the file.
        declared: The declared type.

    Raises:
        ProdlError: If the text is no value of the type.
    """
    if declared == Types.STRING:
        return struct_pb2.Value(string_value=text)
    value = struct_pb2.Value()
    try:
        json_format.Parse(text.strip(), value)
        # Python reads a NaN that JSON, and so Go, does not have.
        json_format.MessageToDict(value)
    except json_format.Error:
        value.null_value = struct_pb2.NULL_VALUE
    if value.WhichOneof("kind") != KINDS.get(declared):
        raise ProdlError(
            f"{where}: expected a value of type {type_name(declared)} in the output "
            f"file.\nReceived {quote(text)}."
        )
    return value


def _text(value: struct_pb2.Value) -> str:
    """The value as KFP writes it where text is wanted; null becomes nothing."""
    if is_null(value):
        return ""
    if value.WhichOneof("kind") == "number_value" and value.number_value.is_integer():
        return str(int(value.number_value))
    plain = json_format.MessageToDict(value)
    return plain if isinstance(plain, str) else json.dumps(plain, separators=(",", ":"))
