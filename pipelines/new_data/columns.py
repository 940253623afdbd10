# SPDX-License-Identifier: Apache-2.0
"""The columns of a table of the user: what each holds, and which ones are no features.

Kinds are found in the text of the first rows of the files; the reader of tables reads
all of them afterwards, by the layout that is made of what was found here.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import Final, Literal

from components.contracts.table_layout import (
    RESERVED_NAMES,
    ColumnKind,
)
from components.contracts.table_values import find_date_format
from components.core.errors import DataRefused
from pipelines.new_data.raw_table import RawTable, as_numbers

MAX_CATEGORIES: Final = 1000
LONGEST_NAME: Final = 60
# Shares of the rows beyond which a column is left out.
_NEARLY_ALL: Final = 0.95
_NEARLY_EACH: Final = 0.5
_MOST_CLASSES: Final = 20
_WORDS_OF_TEXT: Final = 4
# A class occurs so often, on average, if a whole number is to be a class.
_ITEMS_PER_CLASS: Final = 5
_IDENTIFIER: Final = re.compile(
    r"(^|[^a-z])(id|uid|uuid|guid|index|idx|row|number|num|nr|no)$"
)
# What related rows share: to be kept in one split.
_GROUP: Final = re.compile(
    r"(^|[^a-z])(patient|subject|person|individual|participant|user|customer|client"
    r"|student|pupil|household|family|session|animal)s?([^a-z]|$)"
)
_MIN_GROUPS: Final = 20
_UNIT: Final = re.compile(r"[(\[]\s*([^()\[\]]{1,12})\s*[)\]]\s*$")
_UNIT_SUFFIXES: Final = ("mm", "cm", "m", "km", "mg", "g", "kg", "ms", "s", "h", "days")


@dataclass(frozen=True)
class ColumnFacts:
    """What is known of one column."""

    header: str
    """Its name in the file."""

    name: str
    """Name of its feature."""

    kind: ColumnKind
    """What it holds."""

    num_values: int
    """Rows with a value."""

    num_missing: int
    """Rows without one."""

    num_distinct: int
    """Different values."""

    is_whole: bool = False
    """Whether its numbers are whole."""

    date_format: str = ""
    """How its dates are written."""

    unit: str = ""
    """Unit of its numbers, by its name."""

    left_out: str = ""
    """Why it is no feature; "" if it is one."""

    may_group: bool = False
    """Whether rows with the same value belong together."""


def describe_columns(table: RawTable, target: str) -> list[ColumnFacts]:
    """Describe all columns but the target, in the order of the file.

    Args:
        table: The rows.
        target: Header of the column to be predicted.
    """
    names: set[str] = set()
    found = []
    for position, header in enumerate(table.headers, 1):
        if header == target:
            continue
        name = feature_name(header, position, names)
        names.add(name)
        if header in table.values:
            facts = describe_column(header, table.values[header], table.decimal)
        else:
            reason = "named as another column" if header else "without a name"
            if header in table.types:
                reason = f"values of the type {table.types[header]}"
            facts = ColumnFacts(header, name, "category", 0, 0, 0, left_out=reason)
        found.append(replace(facts, name=name))
    return found


def describe_column(
    header: str, values: Sequence[str | None], decimal: str = "."
) -> ColumnFacts:
    """Describe a column by its values.

    Args:
        header: Its name in the file.
        values: Its values, None for a missing one.
        decimal: Decimal mark. Defaults to a point.
    """
    present = [value for value in values if value is not None]
    distinct = dict.fromkeys(present)
    date_format: str | None = None
    numbers = as_numbers(distinct, decimal)
    kind: ColumnKind = "number" if numbers else "category"
    if numbers is None:
        date_format = find_date_format(distinct)
        kind = "category" if date_format is None else "date"
    facts = ColumnFacts(
        header=header,
        name=header,
        kind=kind,
        num_values=len(present),
        num_missing=len(values) - len(present),
        num_distinct=len(distinct),
        is_whole=bool(numbers) and all(n.is_integer() for n in numbers or ()),
        date_format=date_format or "",
        unit=_find_unit(header) if kind == "number" else "",
    )
    left_out, may_group = _suspect(facts, list(distinct), numbers or [])
    return replace(facts, left_out=left_out, may_group=may_group)


def find_target_kind(
    header: str, values: Sequence[str | None], decimal: str = "."
) -> Literal["class", "number"]:
    """Whether a target is a class or a number.

    Whole numbers of few values, each of which occurs several times, are classes.

    Args:
        header: Its name.
        values: Its values.
        decimal: Decimal mark. Defaults to a point.

    Raises:
        DataRefused: It is neither; the message has what to do.
    """
    present = [value for value in values if value is not None]
    distinct = dict.fromkeys(present)
    if len(distinct) < 2:
        raise DataRefused(
            f"the target {header!r} has {len(distinct)} value"
            f"{'s' if not distinct else ''} in {len(values):,} rows: there is nothing "
            "to tell apart.\nName another column: --target COLUMN."
        )
    numbers = as_numbers(distinct, decimal)
    is_repeated = len(present) >= _ITEMS_PER_CLASS * len(distinct)
    if numbers is not None:
        is_whole = all(number.is_integer() for number in numbers)
        few = len(distinct) <= _MOST_CLASSES and is_repeated
        return "class" if is_whole and few else "number"
    if len(distinct) > MAX_CATEGORIES or not is_repeated:
        raise DataRefused(
            f"the target {header!r} has {len(distinct):,} different texts in "
            f"{len(present):,} rows.\nExpected numbers, or classes that occur "
            f"{_ITEMS_PER_CLASS} times or more on average. Name another column: "
            "--target COLUMN."
        )
    return "class"


def feature_name(header: str, position: int, taken: Iterable[str] = ()) -> str:
    """Make a name of a feature of a header: `Culmen Length (mm)`, `culmen_length_mm`.

    Args:
        header: Name of the column in the file.
        position: Number of the column, for a header without letters that fit.
        taken: Names that other columns have.
    """
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9_]+", plain.replace("%", " percent "))
    # A vocabulary is a file of this name.
    name = "_".join(words).strip("_")[:LONGEST_NAME].rstrip("_")
    if name != header:
        name = name.lower()
    if not name or not name[0].isalpha():
        name = f"column_{name or position}"
    if name in RESERVED_NAMES or iskeyword(name):
        name += "_"
    known = set(taken)
    unique, number = name, 2
    while unique in known:
        unique, number = f"{name}_{number}", number + 1
    return unique


def _suspect(
    facts: ColumnFacts, distinct: Sequence[str], numbers: Sequence[float]
) -> tuple[str, bool]:
    """Say why a column is no feature, and whether it groups rows."""
    total = facts.num_values + facts.num_missing
    if facts.num_missing >= _NEARLY_ALL * total:
        return f"missing in {facts.num_missing:,} of {total:,} rows", False
    if facts.num_distinct == 1 and not facts.num_missing:
        return f"a constant: {distinct[0][:40]!r} in every row", False
    share = facts.num_distinct / facts.num_values
    is_named = bool(_IDENTIFIER.search(_words(facts.header)))
    groups = bool(_GROUP.search(_words(facts.header)))
    may_group = groups and _MIN_GROUPS <= facts.num_distinct < facts.num_values
    if facts.kind == "number":
        is_count = facts.is_whole and facts.num_distinct == facts.num_values
        is_dense = is_count and max(numbers) - min(numbers) + 1 == len(numbers)
        if is_dense or (is_named and facts.is_whole and share > 0.2):
            return "an identifier: it numbers the rows", False
        if is_named and may_group and facts.is_whole:
            return "an identifier of what rows belong to", True
        return "", False
    if facts.kind == "date":
        return "", False
    if share >= _NEARLY_EACH or (is_named and share > 0.2):
        words = sum(len(text.split()) for text in distinct) / len(distinct)
        if words >= _WORDS_OF_TEXT:
            return "free text", False
        reason = f"an identifier: {facts.num_distinct:,} different texts"
        return f"{reason} in {facts.num_values:,} rows", may_group
    if may_group:
        return "an identifier of what rows belong to", True
    if facts.num_distinct > MAX_CATEGORIES:
        return f"{facts.num_distinct:,} categories", False
    return "", False


def _words(header: str) -> str:
    """Header in lower case, words of `camelCase` apart."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header).lower().strip()


def _find_unit(header: str) -> str:
    if found := _UNIT.search(header):
        return found[1].strip()
    last = header.lower().rpartition("_")[2]
    return last if "_" in header and last in _UNIT_SUFFIXES else ""
