# SPDX-License-Identifier: Apache-2.0
"""YAML as text with comments, which a dumper would not write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from components.core.shortening import printable
from components.core.yaml_files import yaml_dumper

# Longest line of a mapping that is written on one line, and of one with a comment.
_WIDTH: Final = 168
_LARGE: Final = 10


@dataclass(frozen=True)
class Entry:
    """A key of a file with its value and the reason for it."""

    key: str
    """The key; "" for a comment alone."""

    value: Any = None
    """A value of YAML, or further entries."""

    above: str = ""
    """Comment on lines above it."""

    beside: str = ""
    """Comment at the end of its line."""

    one_line: bool = field(default=False)
    """Whether a mapping is written on one line, below its key if it is long; unless
    it has comments of its own."""


def write_entries(entries: Sequence[Entry], indent: int = 0) -> str:
    """Write entries as lines of YAML.

    Args:
        entries: Keys with values and comments, in their order.
        indent: Spaces before each line. Defaults to none.
    """
    return "".join(_write_entry(entry, " " * indent) for entry in entries)


def flow(value: Any) -> str:
    """Write a value on one line, quoted where YAML needs it.

    Example:
        >>> flow({"min": 0.5, "names": ["a", "yes"]})
        "{min: 0.5, names: [a, 'yes']}"
    """
    # Here, because the help of `prodl` reads no YAML.
    import yaml

    text: str = yaml.dump(
        _plain(value),
        Dumper=yaml_dumper(),
        default_flow_style=True,
        width=float("inf"),
        allow_unicode=True,
        sort_keys=False,
    )
    return text.removesuffix("\n").removesuffix("\n...")


def comment(text: str, indent: str = "") -> str:
    """Write a comment on lines of at most 88 characters."""
    # Here, as above.
    import textwrap

    lines = textwrap.wrap(_one_line(text), 88 - len(indent) - 2)
    return "".join(f"{indent}# {line}\n" for line in lines)


def _write_entry(entry: Entry, indent: str) -> str:
    above = comment(entry.above, indent) if entry.above else ""
    if not entry.key:
        return above
    beside = f" # {_one_line(entry.beside)}" if entry.beside else ""
    key = f"{indent}{flow(entry.key)}:"
    if not _has_entries(entry.value):
        return f"{above}{key} {flow(entry.value)}{beside}\n"
    if entry.one_line and not any(_is_commented(e) for e in entry.value):
        inner = flow({e.key: _values(e.value) for e in entry.value})
        line = f"{key} {inner}{beside}"
        if len(line) > _WIDTH:
            line = f"{key}{beside}\n{indent}  {inner}"
        return f"{above}{line}\n"
    return f"{above}{key}{beside}\n{write_entries(entry.value, len(indent) + 2)}"


def _one_line(text: str) -> str:
    """Text of a comment, which must not hold what YAML takes for the end of a line."""
    return printable(" ".join(text.split()))


def _has_entries(value: Any) -> bool:
    return bool(value) and isinstance(value, tuple) and isinstance(value[0], Entry)


def _is_commented(entry: Entry) -> bool:
    inner = entry.value if _has_entries(entry.value) else ()
    return bool(entry.above or entry.beside) or any(map(_is_commented, inner))


def _values(value: Any) -> Any:
    return {e.key: _values(e.value) for e in value} if _has_entries(value) else value


def _plain(value: Any) -> Any:
    """Tuples as lists, and large whole numbers without a decimal point."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) >= _LARGE:
        return int(value)
    return value
