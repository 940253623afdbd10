# SPDX-License-Identifier: Apache-2.0
"""The columns of a table on a page: an overview, and charts of each column."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.contracts.splits import SPLITS
from components.contracts.table_values import write_date
from components.core.number_format import format_number, format_year
from components.report import html

# Columns whose charts are on the page; the overview has all.
_CHARTED: Final = 60
_YEARS: Final = "year"
# Dates that lie apart further are shown without the time of the day.
_CLOCK_DAYS: Final = 31


def show_columns(facts: Mapping[str, Any]) -> Iterator[Any]:
    """Show what `describe_columns` found.

    Args:
        facts: Facts of the step; without `columns` nothing is shown.
    """
    columns: Mapping[str, Any] = facts.get("columns", {})
    if "target" in facts:
        yield html.subheading("What is to be predicted", "items-target")
        yield _chart(facts["target"].get("header", "target"), facts["target"])
        yield _figures(facts["target"])
    if not columns:
        return
    yield html.subheading("Columns", "items-columns")
    yield html.paragraph(
        "Of sound rows. What a column explains alone is the share of a guess's errors "
        "that it avoids: 0 if it tells nothing of the answer, 1 if it is a copy of it."
    )
    yield _overview(columns)
    yield from _missing(columns)
    # Shares of single users or films say nothing; their long tail is on the page.
    charted = {n: c for n, c in columns.items() if c["kind"] != "identifier"}
    if charted:
        yield html.subheading("Each column", "items-each-column")
    for name, column in list(charted.items())[:_CHARTED]:
        body = html.side_by_side(_chart(name, column), _figures(column))
        yield html.details(_heading(name, column), body, is_open=len(charted) <= 12)
    if len(charted) > _CHARTED:
        left = len(charted) - _CHARTED
        yield html.paragraph(f"{left:,} more columns have no charts here.")


def shown_kind(column: Mapping[str, Any]) -> str:
    """Return the kind of a column as `show_value` takes it."""
    is_year = column["kind"] == "number" and column.get("are_years")
    return _YEARS if is_year else str(column["kind"])


def show_value(value: Any, kind: str) -> str:
    """Show a value of a column.

    Args:
        value: A number, or a text; None if it is missing.
        kind: Kind of the column. A date is a number of days since 1970-01-01; the
            numbers of `year` have no thousands mark.
    """
    if kind == _YEARS and not isinstance(value, str):
        return format_year(value)
    if kind != "date" or value is None:
        return value if isinstance(value, str) else format_number(value)
    try:
        return write_date(value).replace("T", " ")[: len("2020-01-31 12:30")]
    except OverflowError:
        return format_number(value)


def _overview(columns: Mapping[str, Any]) -> Any:
    rows = [
        [
            html.code(name),
            _kind(column),
            _typical(column),
            column["distinct"],
            _share(sum(column["missing"].values()), sum(column["rows"].values())),
            _rounded(column["explains"]),
        ]
        for name, column in columns.items()
    ]
    headers = ["Column", "Holds", "Typical", "Different", "Missing", "Explains alone"]
    return html.table(headers, rows, (3, 4, 5), "What the columns hold")


def _missing(columns: Mapping[str, Any]) -> Iterator[Any]:
    """Show the share of missing values in each split, the largest first."""
    shares = {
        name: [_share(column["missing"][s], column["rows"][s]) for s in SPLITS]
        for name, column in columns.items()
        if any(column["missing"].values())
    }
    if not shares:
        yield html.paragraph("No value is missing in any column.")
        return
    ordered = dict(sorted(shares.items(), key=lambda pair: -max(pair[1])))
    series = {
        split: [found[index] for found in ordered.values()]
        for index, split in enumerate(SPLITS)
    }
    title = "Missing values of each column that misses any"
    yield html.bar_chart(list(ordered), series, title, "share of the split")


def _heading(name: str, column: Mapping[str, Any]) -> str:
    header = column["header"]
    in_file = f", {header!r} in the file" if header != name else ""
    return f"{name}: {_kind(column)}{in_file}"


def _kind(column: Mapping[str, Any]) -> str:
    unit = column.get("unit")
    return f"{column['kind']} in {unit}" if unit else str(column["kind"])


def _typical(column: Mapping[str, Any]) -> str:
    """The middle half of the numbers, or the most frequent texts."""
    if "labels" in column:
        return ", ".join(column["labels"][:3]) or "nothing"
    if SPLITS[0] not in column["quantiles"]:
        return "nothing"
    return " to ".join(_quantile(column, SPLITS[0], key) for key in ("q25", "q75"))


def _figures(column: Mapping[str, Any]) -> Any:
    """Table of the figures of each split."""
    rows, missing = column["rows"], column["missing"]
    lines: list[list[Any]] = [
        ["rows", *(rows[s] for s in SPLITS)],
        ["missing", *(missing[s] for s in SPLITS)],
    ]
    if "quantiles" in column:
        words = {
            "min": "smallest",
            "q25": "quarter",
            "median": "median",
            "q75": "three quarters",
            "max": "largest",
        }
        for key, word in words.items():
            known = column["quantiles"]
            values = (_quantile(column, s, key) if s in known else None for s in SPLITS)
            lines.append([word, *values])
    return html.table(["", *SPLITS], lines, tuple(range(1, len(SPLITS) + 1)))


def _quantile(column: Mapping[str, Any], split: str, key: str) -> str:
    value, kind = column["quantiles"][split][key], shown_kind(column)
    known = column["quantiles"].values()
    ends = [float(found[end]) for found in known for end in ("min", "max")]
    are_days = all(end.is_integer() for end in ends)
    if kind == "date" and (are_days or max(ends) - min(ends) > _CLOCK_DAYS):
        # Between two days there is none, and of months a day is enough.
        value = math.floor(value)
    return show_value(value, kind)


def _chart(name: str, column: Mapping[str, Any]) -> Any:
    counts, title = column["counts"], f"{name} in each split"
    if "labels" in column:
        shares = {
            split: [_share(count, sum(counts[split])) for count in counts[split]]
            for split in SPLITS
        }
        return html.bar_chart(column["labels"], shares, title, "share of the values")
    edges, label = column["edges"], column.get("unit") or name
    if column["kind"] == "date" and edges:
        first = edges[0]
        label = f"days since {show_value(first, 'date')}"
        edges = [edge - first for edge in edges]
    return html.histograms({s: counts.get(s, []) for s in SPLITS}, edges, title, label)


def _share(count: int, total: int) -> float:
    return round(count / total, 4) if total else 0.0


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
