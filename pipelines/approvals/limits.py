# SPDX-License-Identifier: Apache-2.0
"""The limits of a data set by name.

They are the values of expectations.yaml and of schema.pbtxt:
`items.expectations.missing_values.max_shares.mass`, `schema.mass.type`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from components.core.yaml_files import load_yaml

_EXPECTATIONS_FILE: Final = "expectations.yaml"
_SCHEMA_FILE: Final = "schema.pbtxt"
# What a page shows, and how; no data are refused by it.
_NO_LIMITS: Final = frozenset(
    {
        "description",
        "label_name",
        "listed_failures",
        "samples_per_class",
        "histogram_buckets",
    }
)
# Dots in `items.expectations.<check>.description`; below it are names of columns.
_DEPTH: Final = 3
# A comment, a text in quotes, a brace, or a word of a message in text form.
_TOKENS: Final = re.compile(
    r"""\#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}<>]|[^\s{}<>:;,\#"']+"""
)

Limits = Mapping[str, Any]


def read_limits(root: Path, dataset: str) -> dict[str, Any]:
    """Read the limits of a data set from its two files.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.

    Raises:
        UsageError: If a file is missing or invalid.
    """
    folder = root / "data" / dataset
    try:
        schema = (folder / _SCHEMA_FILE).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{folder / _SCHEMA_FILE} cannot be read: {error.strerror}."
        ) from None
    return flatten_limits(load_yaml(folder / _EXPECTATIONS_FILE), schema)


def describe(value: Any) -> str:
    """Word the value of a limit.

    Args:
        value: The value; None where there is no such limit.
    """
    if value is None:
        return "none"
    return value if isinstance(value, str) else flow(value)


def flatten_limits(expectations: object, schema: str) -> dict[str, Any]:
    """Return every limit by its name.

    Args:
        expectations: Content of expectations.yaml.
        schema: Text of schema.pbtxt.
    """
    found = {
        name: value
        for name, value in leaves(expectations)
        if name.rpartition(".")[2] not in _NO_LIMITS or name.count(".") > _DEPTH
    }
    return {**found, **_schema_limits(schema)}


def leaves(value: object, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values of nested mappings, each with the keys above it and dots.

    Args:
        value: The mapping.
        name: Its own name. Defaults to none.
    """
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{name}.{key}" if name else str(key))
    elif name:
        yield name, value


def flow(value: Any) -> str:
    """Write a value in JSON, which is YAML as well."""
    # A date of YAML, which the settings refuse, must not fail here.
    return json.dumps(value, ensure_ascii=False, default=str)


def _schema_limits(text: str) -> dict[str, Any]:
    """Return the values of a schema by the name of their feature."""
    limits: dict[str, Any] = {}
    tokens = [t for t in _TOKENS.findall(text) if not t.startswith("#")]
    # Path of each open message, with the leaves of the outermost one.
    path: list[str] = []
    leaves: list[tuple[str, Any]] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        following = tokens[position + 1 : position + 2]
        if token in ("}", ">"):
            path = path[:-1]
            if not path:
                limits |= _message_limits(leaves)
                leaves = []
            position += 1
        elif following and following[0] in ("{", "<"):
            path.append(token)
            leaves.append((".".join(path[1:]), True))
            position += 2
        else:
            value = _value(following[0]) if following else None
            leaves.append((".".join([*path[1:], token]), value))
            if not path:
                limits |= _message_limits(leaves)
                leaves = []
            position += 2
    return limits


def _message_limits(leaves: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the leaves of a message; a repeated one has a list of values."""
    values: dict[str, list[Any]] = {}
    for name, value in leaves:
        values.setdefault(name, []).append(value)
    name = "schema"
    if "name" in values:
        name = f"schema.{values.pop('name')[0]}"
    # A message with values in it needs no line of its own.
    inner = {n.rpartition(".")[0] for n in values if n}
    return {
        f"{name}.{n}": found[0] if len(found) == 1 else found
        for n, found in values.items()
        if n and n not in inner
    }


def _value(token: str) -> Any:
    if token[0] in "\"'":
        return token[1:-1]
    try:
        return json.loads(token)
    except ValueError:
        return token
