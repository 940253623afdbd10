# SPDX-License-Identifier: Apache-2.0
"""Conversion of YAML settings into frozen dataclasses by pydantic, with clear errors.

The same rules hold for every settings file: an unknown key is an error with the nearest
valid one, types are checked, and a message has the place of the value in the file.
Types are strict: `true` is no number, and `"7"` no integer.
"""

import dataclasses
import difflib
import json
import os
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from components.core.errors import UsageError, messages_of, usage_error
from components.core.shortening import enumerate_names, quote, shorten

# Types only: the help of a verb reads no settings, so it imports no pydantic.
if TYPE_CHECKING:
    from pydantic import TypeAdapter

Record = TypeVar("Record")
# One of `ValidationError.errors()`: `type`, `loc`, `input`, `ctx`.
Error: TypeAlias = Mapping[str, Any]

# pydantic's names of errors.
_UNKNOWN, _MISSING, _REFUSED = "unexpected_keyword_argument", "missing", "value_error"
# Most characters of a message; what it quotes is of the user, so of any length.
_MESSAGE: Final = 2000
# Length of a name, and number of names, that are compared to find the nearest.
_NAME, _CHOICES = 100, 1000


def read_record(cls: type[Record], received: object, where: str) -> Record:
    """Build a dataclass from a mapping.

    Args:
        cls: The dataclass; fields without a default are required. A class variable
            `RENAMED`, if there is one, maps former names of fields to the new ones.
        received: Content of the file, expected to be a mapping.
        where: Place of the mapping, as `file, key.key`, for messages.

    Raises:
        UsageError: Each message has the place, what was expected and what was received;
            there is one for each invalid value.
    """
    # Here, because the help of a verb reads no settings.
    from pydantic import ValidationError

    if not isinstance(received, Mapping):
        raise UsageError(f"{where}: expected a mapping.\nReceived {quote(received)}.")
    content = _as_json(received)
    try:
        text = json.dumps(content)
        record: Record = adapter(cls).validate_json(text)  # type: ignore[arg-type]
    except ValidationError as error:
        errors: Any = error.errors(include_url=False)
        messages = _messages(errors, cls, content, where)
        raise usage_error(shorten(m, _MESSAGE) for m in messages) from None
    return record


@cache
def adapter(cls: Any) -> "TypeAdapter[Any]":
    """Return pydantic's validator of a dataclass, with strict types.

    Args:
        cls: The dataclass.
    """
    # Here, because the help of a verb reads no settings.
    from pydantic import TypeAdapter

    # The search for plugins reads the metadata of all installed packages.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # A dataclass takes the configuration of the type that contains it, hence Optional.
    hint: Any = typing.Optional[cls]  # noqa: UP045
    return TypeAdapter(hint, config={"strict": True, "extra": "forbid"})


@dataclasses.dataclass(frozen=True)
class ReadBy:
    """Annotation of a field that a function reads, for values of more than one class.

    Example:
        >>> checks: Annotated[Mapping[str, ItemCheck], ReadBy(read_checks)]
    """

    read: Callable[[object, str], Any]
    """Function of the value and of its place, which starts the message of its
    `UsageError`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Return pydantic's schema of a validator that calls the function."""
        # Here, because the help of a verb reads no settings.
        from pydantic import PlainValidator

        validator = PlainValidator(self._validate)
        return validator.__get_pydantic_core_schema__(source, handler)

    def _validate(self, value: object) -> Any:
        try:
            return self.read(value, "")
        except UsageError as error:
            # pydantic adds the place.
            raise _RefusedByReader(*messages_of(error)) from None


class _RefusedByReader(ValueError):
    """Error of a `ReadBy` function; messages start after the place of its field."""


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
    """Return the message for an unknown name, with the nearest valid one, or else all.

    Args:
        name: The name received.
        known: The valid names.
        what: Beginning of the message, for example `params.yaml: unknown key`.
    """
    choices = sorted(known)
    if near := _nearest(name, choices):
        # A list of all others would bury it.
        return f"{what} {quote(name)}. Did you mean {near!r}?"
    valid = f"Valid: {enumerate_names(choices)}." if choices else "There is none yet."
    return f"{what} {quote(name)}.\n{valid}"


def _nearest(name: str, choices: Sequence[str]) -> str:
    """The most similar name; "" if none is similar."""
    near = difflib.get_close_matches(name[:_NAME], choices[:_CHOICES], n=1)
    return near[0] if near else ""


def _as_json(value: object) -> Any:
    """Convert a value to one of JSON, from which pydantic reads a list as a tuple."""
    if isinstance(value, Mapping):
        return {str(key): _as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    # A date of YAML, for example, which must not pass for a text.
    return {type(value).__name__: str(value)}


def _messages(
    errors: Sequence[Error], cls: type[Any], content: object, where: str
) -> list[str]:
    """Word the errors in the order of the file; at least one."""
    positions = _Positions()
    ordered = sorted(errors, key=lambda error: _rank(error, content, positions))
    missing: dict[tuple[int | str, ...], list[str]] = {}
    meant: set[tuple[int | str, ...]] = set()
    for error in ordered:
        *parent, name = error["loc"] or ("",)
        if error["type"] == _MISSING:
            missing.setdefault(tuple(parent), []).append(str(name))
        elif error["type"] == _UNKNOWN:
            owner = _type_at(cls, parent)
            meant.add((*parent, _nearest(str(name), _field_names(owner))))
    messages: list[str] = []
    for error in ordered:
        loc = error["loc"]
        if error["type"] == _MISSING:
            names = missing.pop(loc[:-1], [])
            # The key is there, but its name is misspelt.
            names = [name for name in names if (*loc[:-1], name) not in meant]
            messages += (
                [_missing_keys(names, cls, content, where, loc)] if names else []
            )
        else:
            messages += _word(error, cls, content, where)
    return list(dict.fromkeys(messages))


def _missing_keys(
    names: Sequence[str],
    cls: type[Any],
    content: object,
    where: str,
    loc: Sequence[int | str],
) -> str:
    owner, place = _type_at(cls, loc[:-1]), _place(where, loc[:-1])
    if dataclasses.is_dataclass(owner):
        return f"{place}: missing {', '.join(map(repr, names))}."
    items = _value_at(content, loc[:-1])
    return f"{place}: expected {_expected(owner)}.\nReceived {quote(items)}."


def _word(error: Error, cls: type[Any], content: object, where: str) -> list[str]:
    """Word an error that is no missing key."""
    kind, loc = error["type"], error["loc"]
    if kind == _UNKNOWN:
        owner, place = _type_at(cls, loc[:-1]), _place(where, loc[:-1])
        return [_unknown_key(str(loc[-1]), owner, place)]
    place = _place(where, loc)
    if kind == _REFUSED:
        reason = error["ctx"]["error"]
        if isinstance(reason, _RefusedByReader):
            return [f"{place}{message}" for message in reason.args]
        return [f"{place}: {reason}"]
    expected = "a list" if kind == "tuple_type" else _expected(_type_at(cls, loc))
    return [f"{place}: expected {expected}.\nReceived {quote(error['input'])}."]


class _Positions:
    """Positions of keys in mappings, each mapping looked at once."""

    def __init__(self) -> None:
        self._of_keys: dict[int, dict[Any, int]] = {}

    def find(self, parent: Any, part: int | str) -> int:
        """The position of a key or index; the number of values for an absent one."""
        if not isinstance(parent, Mapping):
            return part if isinstance(part, int) else len(parent)
        if id(parent) not in self._of_keys:
            self._of_keys[id(parent)] = {key: n for n, key in enumerate(parent)}
        return self._of_keys[id(parent)].get(part, len(parent))


def _rank(
    error: Error, content: object, positions: _Positions
) -> list[tuple[int, int]]:
    """Rank an error: unknown keys of a mapping, missing ones, then values in order."""
    ranks, loc = [], error["loc"]
    for depth, part in enumerate(loc):
        parent = _value_at(content, loc[:depth])
        ranks.append((2, positions.find(parent, part)))
    if error["type"] in (_UNKNOWN, _MISSING):
        ranks[-1] = ((_UNKNOWN, _MISSING).index(error["type"]), ranks[-1][1])
    return ranks


def _value_at(content: Any, loc: Iterable[int | str]) -> Any:
    for part in loc:
        content = content[part]
    return content


def _place(where: str, loc: Iterable[int | str]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return where + "".join(parts)


def _unknown_key(name: str, owner: type[Any], place: str) -> str:
    renamed = getattr(owner, "RENAMED", {})
    if name in renamed:
        return f"{place}: {name!r} is called {renamed[name]!r} now."
    return unknown_name(name, _field_names(owner), f"{place}: unknown key")


def _field_names(owner: type[Any]) -> list[str]:
    return sorted(field.name for field in dataclasses.fields(owner) if field.init)


def _type_at(hint: Any, loc: Iterable[int | str]) -> Any:
    """Return the type of the value at a place, without None."""
    for part in loc:
        arguments = typing.get_args(hint)
        if dataclasses.is_dataclass(hint):
            hint = typing.get_type_hints(hint)[str(part)]
        elif typing.get_origin(hint) is tuple:
            hint = arguments[0 if arguments[-1] is ... else int(part)]
        else:
            hint = arguments[1]
        if typing.get_origin(hint) in (typing.Union, types.UnionType):
            hint = next(a for a in typing.get_args(hint) if a is not types.NoneType)
    return hint


def _expected(hint: Any) -> str:
    """Word a type for a user."""
    arguments, origin = typing.get_args(hint), typing.get_origin(hint)
    if origin is typing.Literal:
        return f"one of {', '.join(map(repr, arguments))}"
    if origin is tuple:
        return f"{len(arguments)} items"
    if origin is not None or dataclasses.is_dataclass(hint):
        return "a mapping"
    return f"a value of type {hint.__name__}"
