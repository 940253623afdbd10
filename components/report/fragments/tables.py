# SPDX-License-Identifier: Apache-2.0
"""Tables: plain tables, definition lists, tables of checks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from markupsafe import Markup

from components.core.number_format import format_number
from components.report.fragments.text import (
    badge,
    escape,
    is_number,
    paragraph,
    show,
)


class CheckLike(Protocol):
    """A row of `checks_table`; `severity`, `status` and `note` are optional."""

    @property
    def name(self) -> str: ...
    @property
    def wanted(self) -> Any: ...
    @property
    def received(self) -> Any: ...
    @property
    def passed(self) -> bool: ...


def table(
    headers: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    numeric: Sequence[int] | None = None,
    caption: Any = "",
    limit: int = 500,
) -> Markup:
    """Make a table that scrolls horizontally on a narrow screen.

    Args:
        headers: One per column.
        rows: Cells: fragments, text, numbers (formatted here), booleans or `None`.
        numeric: Columns to align right. Defaults to those that hold numbers only.
        caption: Caption above the table. Defaults to none.
        limit: Most rows; the others are counted in a last line. Defaults to 500.
    """
    cells = [list(row) for row in rows]
    right = set(_number_columns(cells, len(headers)) if numeric is None else numeric)
    head = _row("th", headers, right, ' scope="col"')
    body = Markup("\n").join(_row("td", row, right) for row in cells[:limit])
    title = Markup("<caption>{}</caption>").format(escape(caption)) if caption else ""
    html = scrolling(
        Markup("<table>{}<thead>{}</thead>\n<tbody>{}</tbody></table>").format(
            title, head, body
        )
    )
    left_out = len(cells) - limit
    if left_out > 0:
        html += paragraph(f"{format_number(left_out)} more rows are not shown.")
    return html


def _row(tag: str, cells: Sequence[Any], right: set[int], more: str = "") -> Markup:
    written = (
        Markup("<{0}{1}{2}>{3}</{0}>").format(
            tag,
            Markup(' class="n"') if index in right else "",
            Markup(more),
            show(cell),
        )
        for index, cell in enumerate(cells)
    )
    return Markup("<tr>{}</tr>").format(Markup("").join(written))


def _number_columns(rows: list[list[Any]], columns: int) -> list[int]:
    found = []
    for index in range(columns):
        values = [row[index] for row in rows if index < len(row)]
        known = [value for value in values if value is not None]
        if known and all(is_number(value) for value in known):
            found.append(index)
    return found


def scrolling(html: Markup) -> Markup:
    """Make a table scroll horizontally, by keyboard too, as it can have the focus."""
    return Markup('<div class="scroll" tabindex="0">{}</div>').format(html)


def facts_list(facts: Mapping[str, Any]) -> Markup:
    """Make a definition list of names and values.

    Args:
        facts: Name -> value, formatted like a cell of `table`.
    """
    pairs = (
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(escape(name), show(value))
        for name, value in facts.items()
    )
    return Markup('<dl class="facts">{}</dl>').format(Markup("\n").join(pairs))


def checks_table(checks: Iterable[CheckLike], caption: Any = "") -> Markup:
    """Make a table of checks with limits and observed values, failed checks first.

    Args:
        checks: Each has `name`, `wanted`, `received` and `passed`, and may have
            `severity` (`warning`: a failure is shown but does not block), `status`
            (`error`: the check could not run) and `note`.
        caption: Caption above the table. Defaults to none.
    """
    ordered = sorted(checks, key=_urgency)
    with_notes = any(getattr(check, "note", "") for check in ordered)
    headers = ["Verdict", "Check", "Wanted", "Received"] + ["Note"] * with_notes
    rows = [
        [
            _check_badge(check),
            check.name,
            check.wanted,
            check.received,
            *([getattr(check, "note", "")] if with_notes else []),
        ]
        for check in ordered
    ]
    return Markup('<div class="checks stacked">{}</div>').format(
        table(headers, rows, numeric=(), caption=caption)
    )


def _check_badge(check: CheckLike) -> Markup:
    # A check fails; the data or the model are refused.
    verdict = check_verdict(check)
    could_not_run = getattr(check, "status", "") == "error"
    failed = "Failed" if verdict == "refused" else ""
    return badge(verdict, "Could not run" if could_not_run else failed)


def check_verdict(check: CheckLike) -> str:
    """Return the verdict of a check: `passed`, `warning` or `refused`."""
    if check.passed:
        return "passed"
    is_warning = getattr(check, "severity", "critical") == "warning"
    return "warning" if is_warning else "refused"


def _urgency(check: CheckLike) -> int:
    return ("refused", "warning", "passed").index(check_verdict(check))
