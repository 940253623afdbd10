# SPDX-License-Identifier: Apache-2.0
"""Text of params.yaml: a block is added, every other line stays as it is."""

import re
import textwrap
from collections.abc import Sequence
from typing import Literal

from components.core.errors import UsageError
from components.core.yaml_files import parse_yaml
from pipelines.config import PARAMS_FILE

Section = Literal["datasets", "recipes"]


def add_block(text: str, section: Section, name: str, block: str) -> str:
    """Add a data set or a recipe behind the others.

    Args:
        text: Content of params.yaml.
        section: Top-level key that it belongs to.
        name: Its name.
        block: Its lines, the first of which is its name; indented in any way.

    Raises:
        UsageError: The file has no plain block `section`.
    """
    if "\r\n" in text:
        plain = add_block(text.replace("\r\n", "\n"), section, name, block)
        return plain.replace("\n", "\r\n")
    block = textwrap.dedent(block)
    lines = text.splitlines(keepends=True)
    head = re.compile(rf"{section}:[ \t]*(\{{[ \t]*\}})?[ \t]*(#.*)?$")
    starts = [n for n, line in enumerate(lines) if head.match(line.rstrip())]
    if not starts and not any(parse_yaml(text, PARAMS_FILE)):
        return f"{text}{section}:\n{textwrap.indent(block, '  ')}"
    if len(starts) != 1:
        raise UsageError(
            f"{PARAMS_FILE}: expected a line `{section}:` with a block below it.\n"
            f"Add this block by hand:\n{block}"
        )
    start = starts[0]
    # As a project has it before its first recipe.
    lines[start] = re.sub(r"\{[ \t]*\}[ \t]*", "", lines[start]).rstrip() + "\n"
    end, indent = _find_end(lines, start)
    if not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    # Recipes are long; data sets stand line by line.
    gap = "\n" if section == "recipes" and end > start + 1 else ""
    added = textwrap.indent(block, indent)
    changed = "".join([*lines[:end], gap, added, *lines[end:]])
    _check_added(text, changed, section, name, block)
    return changed


def _find_end(lines: Sequence[str], start: int) -> tuple[int, str]:
    """Index behind the last line of a section, and the indentation of its blocks."""
    end, indent = start + 1, "  "
    for number, line in enumerate(lines[start + 1 :], start + 1):
        is_indented = line[0] in " \t"
        if not line.strip() or (line.startswith("#") and not is_indented):
            continue
        if not is_indented:
            break
        if end == start + 1:
            indent = line[: len(line) - len(line.lstrip())]
        end = number + 1
    return end, indent


def _check_added(
    before: str, after: str, section: Section, name: str, block: str
) -> None:
    """Refuse an edit that changed anything but the block."""
    (old,), (new,) = parse_yaml(before, PARAMS_FILE), parse_yaml(after, PARAMS_FILE)
    blocks = dict(new[section])
    added = blocks.pop(name, None)
    known = {**old, section: old[section] or {}}
    if added is None or {**new, section: blocks} != known:
        raise UsageError(
            f"{PARAMS_FILE}: its block `{section}` is written in an unusual way.\n"
            f"Add this block by hand:\n{block}"
        )
