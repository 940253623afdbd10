# SPDX-License-Identifier: Apache-2.0
"""The columns of a table on a page: an overview, and charts of each column."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.contracts.splits import SPLITS
from components.contracts.table_values import write_date
from components.core.number_format import format_number, format_year
from components.report import html

# Columns whose charts are on the page; the overview has all.
_CHARTED: Final = 60
_YEARS: Final = "year"


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
    yield html.subheading("Each column", "items-each-column")
    for name, column in list(columns.items())[:_CHARTED]:
        body = html.side_by_side(_chart(name, column), _figures(column))
        yield html.details(_heading(name, column), body, is_open=len(columns) <= 12)
    if len(columns) > _CHARTED:
        left = len(columns) - _CHARTED
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
    found = column["quantiles"].get(SPLITS[0])
    if not found:
        return "nothing"
    return " to ".join(
        show_value(found[word], shown_kind(column)) for word in ("q25", "q75")
    )


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
            found = (column["quantiles"].get(s) for s in SPLITS)
            kind = shown_kind(column)
            values = [_quantile(q, key, kind) if q else None for q in found]
            lines.append([word, *values])
    return html.table(["", *SPLITS], lines, tuple(range(1, len(SPLITS) + 1)))


def _quantile(found: Mapping[str, float], key: str, kind: str) -> str:
    value = found[key]
    if kind == "date" and found["min"].is_integer() and found["max"].is_integer():
        # Between two days there is none.
        value = round(value)
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
