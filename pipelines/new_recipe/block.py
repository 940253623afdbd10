# SPDX-License-Identifier: Apache-2.0
"""Text of a recipe's block in params.yaml.

The lines are in the style of DVC's own dumper, so that `dvc exp run -S`, which writes
the whole file again, changes no other line: lists one value per line below their key,
short mappings on one line, no quotes where YAML needs none. A comment above a key that
follows a list would be lost.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

# DVC's dumper breaks longer lines.
_WIDTH: Final = 80
_COMMENT_WIDTH: Final = 88
# A scalar that YAML reads back as the text it is.
_PLAIN: Final = re.compile(r"[A-Za-z][\w ./+-]*[\w.]|[A-Za-z]")
_WORDS: Final = ("true", "false", "yes", "no", "on", "off", "null", "none", "y", "n")


def entry_lines(
    key: str, value: Any, indent: int, comment: str = "", beside: str = ""
) -> Iterator[str]:
    """Write a key with its value.

    Args:
        key: The key.
        value: Numbers, texts, booleans, lists and mappings.
        indent: Spaces before the key.
        comment: Lines above it. Defaults to none.
        beside: Comment at the end of its line. Defaults to none.
    """
    space = " " * indent
    yield from comment_lines(comment, indent)
    after = f" # {beside}" if beside else ""
    if isinstance(value, list | tuple) and value:
        yield f"{space}{key}:{after}"
        yield from (f"{space}- {_scalar(one)}" for one in value)
        return
    if isinstance(value, Mapping) and value:
        line = f"{space}{key}: {_flow(value)}" if _is_flat(value) else ""
        if line and len(line) <= _WIDTH:
            yield f"{line}{after}"
            return
        yield f"{space}{key}:{after}"
        for name, inner in value.items():
            yield from entry_lines(str(name), inner, indent + 2)
        return
    yield f"{space}{key}: {_scalar(value)}{after}"


def comment_lines(text: str, indent: int) -> Iterator[str]:
    """Wrap a comment; no line for an empty one."""
    width = _COMMENT_WIDTH - indent - 2
    for line in textwrap.wrap(text, width, break_on_hyphens=False):
        yield f"{' ' * indent}# {line}"


def _is_flat(value: Mapping[str, Any]) -> bool:
    return not any(isinstance(v, list | tuple | Mapping) for v in value.values())


def _flow(value: Mapping[str, Any]) -> str:
    inner = ", ".join(f"{name}: {_scalar(one)}" for name, one in value.items())
    return f"{{{inner}}}"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
        return value if is_plain else _quoted(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_scalar, value))}]"
    if isinstance(value, Mapping):
        return _flow(value)
    return "null" if value is None else repr(value)


def _quoted(text: str) -> str:
    is_simple = text.isprintable() and "'" not in text
    return f"'{text}'" if is_simple else json.dumps(text, ensure_ascii=False)
