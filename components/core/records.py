# SPDX-License-Identifier: Apache-2.0
"""Conversion of YAML settings into frozen dataclasses, with errors for users.

The same rules hold for every settings file: an unknown key is an error with the nearest
valid one, types are checked, and a message has the place of the value in the file.
"""

import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from components.core.errors import UsageError

Record = TypeVar("Record")


def load_yaml(path: Path) -> Any:
    """Read a YAML file; a missing or invalid file is a `UsageError` that names it."""
    # Here, because `prodl --help` reads no YAML.
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist.") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not valid YAML: {error}") from None


def read_record(cls: type[Record], received: object, where: str) -> Record:
    """Build a dataclass from a mapping.

    Args:
        cls: The dataclass; fields without a default are required. A class variable
            `RENAMED`, if there is one, maps former names of fields to the new ones.
        received: Content of the file, expected to be a mapping.
        where: Place of the mapping, as `file, key.key`, for messages.

    Raises:
        UsageError: The message has the place, what was expected and what was received.
    """
    if not isinstance(received, Mapping):
        raise UsageError(f"{where}: expected a mapping.\nReceived {received!r}.")
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}  # type: ignore[arg-type]
    renamed = getattr(cls, "RENAMED", {})
    for key in received:
        if key in renamed:
            raise UsageError(f"{where}: {key!r} is called {renamed[key]!r} now.")
        if key not in fields:
            raise UsageError(unknown_name(str(key), fields, f"{where}: unknown key"))
    missing = [name for name, f in fields.items() if _required(f)]
    if absent := [name for name in missing if name not in received]:
        raise UsageError(f"{where}: missing {', '.join(map(repr, absent))}.")
    values = {
        key: _read_field(fields[key], hints[key], value, f"{where}.{key}")
        for key, value in received.items()
    }
    try:
        return cls(**values)
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from None


def to_json(record: Any) -> str:
    """Write a dataclass as JSON, to travel as a component parameter.

    Fields and mappings keep their order: a report lists rules as they are written.
    """
    return json.dumps(dataclasses.asdict(record))


def from_json(cls: type[Record], text: str, where: str) -> Record:
    """Read what `to_json` wrote, checked like a settings file.

    Args:
        cls: The dataclass.
        text: The JSON text.
        where: Name of the parameter, for messages.

    Raises:
        UsageError: With what was received, what was expected and where.
    """
    return read_record(cls, json.loads(text), where)


def unknown_name(name: str, known: Iterable[str], what: str) -> str:
    """Return the message for an unknown name, with the nearest valid one.

    Args:
        name: The name received.
        known: The valid names.
        what: Beginning of the message, for example `params.yaml: unknown key`.
    """
    choices = sorted(known)
    near = difflib.get_close_matches(name, choices, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{what} {name!r}.{hint}\nValid: {', '.join(choices)}."


def _read_field(
    field: "dataclasses.Field[Any]", hint: Any, value: Any, where: str
) -> Any:
    # A field may bring a reader of its own, for values of more than one class.
    read = field.metadata.get("read")
    return read(value, where) if read else _convert(hint, value, where)


def _required(field: "dataclasses.Field[Any]") -> bool:
    return (
        field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    )


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return value
    if dataclasses.is_dataclass(hint):
        return read_record(hint, value, where)  # type: ignore[arg-type]
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        inner = next(a for a in arguments if a is not type(None))
        return _convert(inner, value, where)
    if origin is typing.Literal:
        expected = f"one of {', '.join(map(repr, arguments))}"
        return _expect(value in arguments, expected, value, where)
    if origin is tuple:
        return _convert_items(arguments, value, where)
    if origin in (dict, Mapping):
        _expect(isinstance(value, Mapping), "a mapping", value, where)
        inner = arguments[1]
        return {str(k): _convert(inner, v, f"{where}.{k}") for k, v in value.items()}
    return _convert_scalar(hint, value, where)


def _convert_items(arguments: tuple[Any, ...], value: Any, where: str) -> Any:
    _expect(isinstance(value, list | tuple), "a list", value, where)
    if arguments[-1] is Ellipsis:
        hints: Iterable[Any] = [arguments[0]] * len(value)
    else:
        hints = arguments
        _expect(len(value) == len(hints), f"{len(hints)} items", value, where)
    pairs = zip(hints, value, strict=True)
    return tuple(_convert(h, v, f"{where}[{i}]") for i, (h, v) in enumerate(pairs))


def _convert_scalar(hint: Any, value: Any, where: str) -> Any:
    # YAML reads 1 as an integer and 4e-3 (no dot) as a string: both are fine floats.
    if hint is float and isinstance(value, str | int) and not isinstance(value, bool):
        try:
            return float(value)
        except ValueError:
            pass
    if hint is Path and isinstance(value, str):
        return Path(value)
    fits = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
    return _expect(fits, f"a value of type {hint.__name__}", value, where)


def _expect(holds: bool, expected: str, value: object, where: str) -> Any:
    if not holds:
        raise UsageError(f"{where}: expected {expected}.\nReceived {value!r}.")
    return value
