# SPDX-License-Identifier: Apache-2.0
"""What was found in the data of a user, as text for the terminal."""

from collections.abc import Iterator, Sequence
from typing import Final

from components.contracts.features import ITEM, LABEL, TARGET, USER
from components.contracts.splits import SPLITS
from components.core.shortening import printable, shorten
from components.validation.items.checks.faults import count_faults, fault_reason
from components.validation.items.checks.groups import conflicting_items, grouped_items
from components.validation.items.checks.leakage import explained_share
from components.validation.items.summary import find_repeated
from pipelines.new_data.inspection import Inspection, describe_range
from pipelines.new_data.source_text import describe_values

_LISTED: Final = 3
_WIDTH: Final = 48
_CLASSES_LISTED: Final = 20
_COLUMNS_LISTED: Final = 60
# A column that tells so much of the target alone may be known only afterwards.
_MUCH: Final = 0.95
_NAMES: Final = {
    "image": "images in IDX files",
    "photograph": "pictures",
    "text": "texts",
    "table": "a table",
    "ratings": "ratings",
}


def summarise(found: Inspection, left_out: Sequence[str] = ()) -> str:
    """Describe the data.

    Args:
        found: The data.
        left_out: Lines on files that were not taken. Defaults to none.
    """
    return "\n".join(printable(line) for line in _lines(found, left_out))


def _lines(found: Inspection, left_out: Sequence[str]) -> Iterator[str]:
    kind = _NAMES[found.source_list.modality]
    size = _size(found.num_bytes)
    yield f"{found.name}: {kind}, {len(found.items):,} {found.word}, {size}"
    yield ""
    yield from _table(_facts(found), "  ")
    if found.classes:
        yield ""
        yield from _table(_class_rows(found), "  ", numbers_from=1)
    if found.columns:
        yield ""
        yield from _table(_column_rows(found), "  ")
    yield ""
    yield from _table(_findings(found, left_out), "  ")


def _facts(found: Inspection) -> Iterator[Sequence[str]]:
    formats = sorted(found.formats.items(), key=lambda pair: -pair[1])
    listed = ", ".join(
        f"{count:,} {suffix or 'no suffix'}" for suffix, count in formats
    )
    yield "files", shorten(listed)
    table = found.source_list.table
    if table and table.is_regression:
        seen = describe_range(found.sound[TARGET])
        yield "target", f"{table.target}, a number, {seen}"
    elif table:
        yield "target", f"{table.target}, {len(found.classes)} classes"
    elif found.kind.picture:
        yield "size", _describe_sizes(found)
    elif found.kind.text:
        words = found.sound["num_words"]
        total, median = int(words.sum()), int(words.median())
        yield "words", f"{total:,}, {median:,} in the median paragraph"
        yield "encoding", " and ".join(sorted(found.encodings))
    elif ratings := found.source_list.ratings:
        users, items = found.sound[USER].nunique(), found.sound[ITEM].nunique()
        yield "users", f"{users:,}, of the column {ratings.user}"
        yield "items", f"{items:,}, of the column {ratings.item}"
        scale = ", ".join(f"{value:g}" for value in ratings.values)
        yield "ratings", f"{scale}, of the column {ratings.rating}"
        yield "times", ratings.time or "no column: the order of the rows"
        yield "titles", ratings.title or "no column"
    sizes = ", ".join(f"{split} {n:,}" for split, n in found.split_sizes.items())
    how = {
        "position": "by place in the text",
        "time": "by time, for each user",
    }.get(found.kind.split_by, found.shares.split)
    yield "splits", f"{sizes} ({how})"
    if found.source_list.group_by:
        groups = found.sound["group"].nunique()
        by = found.source_list.group_by
        yield "group_by", f"{by}: {groups:,} groups, each in one split"


def _describe_sizes(found: Inspection) -> str:
    sides = [
        f"{_ends(found, 'width')} x {_ends(found, 'height')} pixels",
        {1: "grey", 3: "RGB"}.get(int(found.sound["channels"].max()), ""),
    ]
    channels = set(found.sound["channels"])
    if len(channels) > 1:
        sides[1] = "grey and RGB"
    converted = found.sound["conversion"]
    converted = converted[converted != ""]
    if len(converted):
        kinds = converted.value_counts()
        sides.append(f"{len(converted):,} converted ({kinds.index[0]})")
    return ", ".join(filter(None, sides))


def _ends(found: Inspection, column: str) -> str:
    values = found.sound[column]
    low, high = int(values.min()), int(values.max())
    return str(low) if low == high else f"{low}-{high}"


def _class_rows(found: Inspection) -> Iterator[Sequence[str]]:
    counts = found.counts
    word = "text" if found.kind.text else "class"
    yield word, *SPLITS, "all"
    for name in list(found.classes)[:_CLASSES_LISTED]:
        row = [int(counts.loc[name, split]) for split in SPLITS]
        yield _short(name), *(f"{n:,}" for n in row), f"{sum(row):,}"
    if len(found.classes) > _CLASSES_LISTED:
        yield f"and {len(found.classes) - _CLASSES_LISTED:,} more", "", "", "", ""


def _column_rows(found: Inspection) -> Iterator[Sequence[str]]:
    yield "column", "kind", "values"
    for facts in found.columns[:_COLUMNS_LISTED]:
        header = _short(facts.header or f"({facts.name})")
        if facts.left_out:
            yield header, "left out", facts.left_out
        else:
            yield header, facts.kind, describe_values(found, facts)
    more = len(found.columns) - _COLUMNS_LISTED
    if more > 0:
        yield f"and {more:,} more", "", ""


def _findings(found: Inspection, left_out: Sequence[str]) -> Iterator[Sequence[str]]:
    faults = count_faults(found.items)
    for reason, count in faults.items():
        of_reason = found.items["fault"].map(fault_reason) == reason
        names = list(found.items.loc[of_reason, "item_id"].head(_LISTED))
        yield f"{count:,} faulty", f"{reason}: {_listed(names, count)}"
    if not faults:
        yield "faulty", "none"
    for line in left_out:
        yield "not taken", shorten(line)
    yield "duplicates", _describe_duplicates(found)
    if found.kind.picture and found.classes:
        conflicts = conflicting_items(found.items)
        if len(conflicts):
            names = list(conflicts["item_id"])
            groups = conflicts["group"].nunique()
            text = f"equal pictures of different classes: {_listed(names, len(names))}"
            yield f"{groups:,} groups", text
    if found.kind.split_by == "group" and found.shared:
        listed = _listed(found.shared, len(found.shared))
        text = f"{len(found.shared):,} {found.word} are in several splits: {listed}"
        yield "suspicious", text
    if found.test_leaks:
        pairs = [f"{item} = {test}" for item, test in found.test_leaks.items()]
        yield "test set", f"also outside of it: {_listed(pairs, len(pairs))}"
    table = found.source_list.table
    answer = TARGET if table and table.is_regression else LABEL
    for name, column in table.columns.items() if table else ():
        if column.kind == "date":
            text = f"{name} is a date: new rows have later ones; leave it out if so"
            yield "suspicious", text
        share = explained_share(found.sound, name, answer)
        if share > _MUCH:
            text = f"{name} tells {share:.2f} of the target: is it known beforehand?"
            yield "suspicious", text


def _describe_duplicates(found: Inspection) -> str:
    repeated = find_repeated(found.items)
    exact = len(repeated)
    worded = f"{exact:,} {found.word} are equal to another one" if exact else "none"
    if exact:
        names = list(repeated.sort_values(["content_sha256", "item_id"])["item_id"])
        worded += f": {_listed(names, exact)}"
    is_by_content = not found.source_list.table and not found.source_list.group_by
    if "group" in found.items and is_by_content:
        grouped = grouped_items(found.items)
        sizes = grouped["group"].value_counts()
        near = int(sizes[sizes > 1].sum())
        if near > exact:
            worded += f"; {near:,} with near-duplicates, kept in one split"
    return worded


def _listed(names: Sequence[str], count: int) -> str:
    shown = ", ".join(_short(name) for name in names[:_LISTED])
    more = count - len(names[:_LISTED])
    return f"{shown} and {more:,} more" if more > 0 else shown


def _table(
    rows: Iterator[Sequence[str]], indent: str, numbers_from: int = 99
) -> Iterator[str]:
    """Align columns: text to the left, numbers to the right."""
    listed = list(rows)
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for row in listed:
        cells = [
            cell.rjust(width) if number >= numbers_from else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield f"{indent}{'  '.join(cells)}".rstrip()


def _short(name: str) -> str:
    return name if len(name) <= _WIDTH else f"{name[: _WIDTH - 3]}..."


def _size(num_bytes: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if num_bytes >= factor:
            return f"{num_bytes / factor:,.1f} {unit}"
    return f"{num_bytes:,} bytes"
