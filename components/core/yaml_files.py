# SPDX-License-Identifier: Apache-2.0
"""YAML files read within limits: what a hostile or damaged one holds is an error.

The loader of PyYAML builds whatever a file describes. A few lines of aliases describe
gigabytes, deep nesting takes minutes to parse, and a key that occurs twice loses its
first value. So the events of the parser, which cost next to nothing, are looked at
before anything is built.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from components.core.files import require_regular_file
from components.core.shortening import quote, shorten

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 60
# Values of a file, each alias counted as what it stands for; 64 characters of text
# count as one more.
MAX_VALUES: Final = 100_000
_CHARACTERS: Final = 64
_NUMBER_LENGTH: Final = 64
_INTEGERS: Final = range(-(1 << 63), 1 << 63)
# YAML 1.1 reads 4e-3, which has no dot, as a text.
_FLOAT: Final = re.compile(r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+$")


def load_yaml(path: Path) -> Any:
    """Read a YAML file; a missing or invalid file is a `UsageError` that names it."""
    documents = load_yaml_documents(path)
    if len(documents) > 1:
        raise UsageError(f"{path} is not valid YAML: expected a single document.")
    return documents[0] if documents else None


def load_yaml_documents(path: Path, max_bytes: int = MAX_BYTES) -> list[Any]:
    """Read all documents of a YAML file.

    Args:
        path: The file.
        max_bytes: Largest file that is read.

    Raises:
        UsageError: It is missing, no regular file, no UTF-8, too large or no valid
            YAML, or has a key twice; the message names the file and the reason.
    """
    return parse_yaml(_read_text(path, max_bytes), str(path))


def parse_yaml(text: str, name: str) -> list[Any]:
    """Read all documents of a text in YAML.

    Args:
        text: The text.
        name: Where it comes from, for messages.

    Raises:
        UsageError: It is no valid YAML, has a key twice, or describes too much.
    """
    # Here, because `prodl --help` reads no YAML.
    import yaml

    try:
        _check_events(yaml.parse(text, _yaml_loader()))
        return list(yaml.load_all(text, _yaml_loader()))
    except Exception as error:
        # Constructors raise any exception for a tag that does not fit its value.
        reason = shorten(str(error) or type(error).__name__, 1000)
        raise UsageError(f"{name} is not valid YAML: {reason}") from None


class _Refused(Exception):
    """A structure that is not built; the message is the reason."""


def _read_text(path: Path, max_bytes: int) -> str:
    try:
        require_regular_file(path)
        with path.open("rb") as stream:
            content = stream.read(max_bytes + 1)
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > max_bytes:
        raise UsageError(
            f"{path} is too large.\nExpected at most {max_bytes:,} bytes of YAML."
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: expected text in UTF-8.\nReceived byte "
            f"{content[error.start]:#04x} at position {error.start:,}. "
            "Save the file as UTF-8."
        ) from None


def _check_events(events: Iterator[Any]) -> None:
    """Refuse a file that describes more than it holds, or hides a value."""
    check = _EventCheck()
    for event in events:
        check.see(event)


class _EventCheck:
    """Counts values, depth and keys from the events of the parser."""

    def __init__(self) -> None:
        self._num_values = 0
        # Anchor -> number of values that an alias to it stands for.
        self._sizes: dict[str, int] = {}
        # Of each open collection: anchor, values before it, keys and next role.
        self._open: list[_Collection] = []

    def see(self, event: Any) -> None:
        """Take notice of the next event."""
        kind = type(event).__name__
        if kind in ("SequenceStartEvent", "MappingStartEvent"):
            self._add(event, 1, None)
            is_mapping = kind == "MappingStartEvent"
            self._open.append(_Collection(event.anchor, self._num_values, is_mapping))
            if len(self._open) > MAX_DEPTH:
                raise _Refused(f"nested more than {MAX_DEPTH} deep{_line(event)}")
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            closed = self._open.pop()
            if closed.anchor:
                self._sizes[closed.anchor] = self._num_values - closed.start + 1
        elif kind == "ScalarEvent":
            size = 1 + len(event.value) // _CHARACTERS
            self._add(event, size, event.value)
            if event.anchor:
                self._sizes[event.anchor] = size
        elif kind == "AliasEvent":
            if event.anchor in {collection.anchor for collection in self._open}:
                raise _Refused(f"{quote(event.anchor)} contains itself{_line(event)}")
            self._add(event, self._sizes.get(event.anchor, 1), None)

    def _add(self, event: Any, size: int, text: str | None) -> None:
        self._num_values += size
        if self._num_values > MAX_VALUES:
            raise _Refused(
                f"expected at most {MAX_VALUES:,} values, aliases counted as what "
                f"they stand for{_line(event)}"
            )
        if self._open and self._open[-1].hides(text):
            raise _Refused(f"the key {quote(text)} occurs twice{_line(event)}")


class _Collection:
    """A sequence or mapping whose end the parser has not seen."""

    def __init__(self, anchor: str | None, start: int, is_mapping: bool) -> None:
        self.anchor = anchor
        self.start = start
        self._is_mapping = is_mapping
        self._keys: set[str] = set()
        self._num_children = 0

    def hides(self, text: str | None) -> bool:
        """Count a child; True if it is a key that was there before."""
        self._num_children += 1
        if not self._is_mapping or self._num_children % 2 == 0 or text is None:
            return False
        is_known = text in self._keys
        self._keys.add(text)
        return is_known


def _line(event: Any) -> str:
    return f", line {event.start_mark.line + 1}"


@cache
def _yaml_loader() -> Any:
    """Return the loader of YAML 1.1 with the floats of YAML 1.2."""
    # Here, because `prodl --help` reads no YAML.
    import yaml

    # The parser in C takes a tenth of the time.
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = type("Loader", (base,), {})
    _add_floats(loader)
    loader.add_constructor("tag:yaml.org,2002:int", _construct_integer)
    loader.add_constructor("tag:yaml.org,2002:float", _construct_float)
    return loader


@cache
def yaml_dumper() -> Any:
    """Return a dumper that quotes every text which the loader takes for another value.

    A text of several lines stays on one.
    """
    # As above.
    import yaml

    dumper: Any = type("Dumper", (yaml.SafeDumper,), {})
    _add_floats(dumper)
    dumper.add_representer(str, _represent_text)
    return dumper


def _add_floats(kind: Any) -> None:
    kind.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789"))


def _represent_text(dumper: Any, text: str) -> Any:
    # Single quotes would take several lines.
    style = None if len(text.splitlines()) < 2 and text == text.strip() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _construct_integer(loader: Any, node: Any) -> int:
    _check_number(node)
    value: int = loader.construct_yaml_int(node)
    if value not in _INTEGERS:
        raise _Refused(f"the integer {node.value} does not fit into 64 bits")
    return value


def _construct_float(loader: Any, node: Any) -> float:
    _check_number(node)
    value: float = loader.construct_yaml_float(node)
    return value


def _check_number(node: Any) -> None:
    if len(node.value) > _NUMBER_LENGTH:
        raise _Refused(f"the number {quote(node.value)} is too long")
