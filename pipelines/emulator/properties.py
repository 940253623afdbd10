# SPDX-License-Identifier: Apache-2.0
"""Facts of an artifact as properties in MLMD, and back, as KFP converts them.

Numbers become doubles, booleans integers; lists and mappings are wrapped in a struct,
in which a later step still finds them. MLMD holds no null, and KFP refuses it.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.core.errors import ProdlError


def set_properties(properties: Any, facts: Mapping[str, struct_pb2.Value]) -> None:
    """Write facts into the property map of an MLMD message.

    Args:
        properties: `custom_properties` of an artifact or an execution.
        facts: Values by name.

    Raises:
        ProdlError: If one is null.
    """
    for name, value in facts.items():
        properties[name].CopyFrom(_property(name, value))


def metadata_of(properties: Mapping[str, mlmd.Value]) -> struct_pb2.Struct:
    """The metadata of an artifact as a later step receives them."""
    metadata = struct_pb2.Struct()
    for name, value in properties.items():
        match value.WhichOneof("value"):
            case "string_value":
                metadata.fields[name].string_value = value.string_value
            case "double_value":
                metadata.fields[name].number_value = value.double_value
            case "int_value":
                metadata.fields[name].number_value = float(value.int_value)
            case "struct_value":
                metadata.fields[name].struct_value.CopyFrom(value.struct_value)
    return metadata


def _property(name: str, value: struct_pb2.Value) -> mlmd.Value:
    wrapped = struct_pb2.Struct()
    match value.WhichOneof("kind"):
        case "string_value":
            return mlmd.Value(string_value=value.string_value)
        case "number_value":
            return mlmd.Value(double_value=value.number_value)
        case "bool_value":
            return mlmd.Value(int_value=int(value.bool_value))
        case "list_value":
            wrapped.fields["list"].CopyFrom(value)
            return mlmd.Value(struct_value=wrapped)
        case "struct_value":
            wrapped.fields["struct"].CopyFrom(value)
            return mlmd.Value(struct_value=wrapped)
    raise ProdlError(
        f"{name!r} is null, which Kubeflow Pipelines cannot store: the step fails "
        "there too.\nLeave the fact out, or give it a value."
    )
