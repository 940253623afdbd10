# SPDX-License-Identifier: Apache-2.0
"""Confusion matrix, as a table that is also a heat map."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from markupsafe import Markup

from components.core.number_format import format_number
from components.report.fragments.tables import scrolling, table
from components.report.fragments.text import escape, paragraph

_LARGEST_MATRIX: Final = 40
_PAIRS_SHOWN: Final = 20


def confusion_matrix(
    labels: Sequence[str], matrix: Iterable[Iterable[int]], title: str = "Confusion"
) -> Markup:
    """Draw counts of true classes (rows) against predicted classes (columns).

    Correct and wrong predictions are shaded on separate scales: on a common one the
    errors of a good model would be invisible.

    Args:
        labels: Class names, in the order of rows and columns.
        matrix: Counts (classes, classes). Above 40 classes only the most frequent
            errors are listed.
        title: Caption. Defaults to `Confusion`.
    """
    counts = [[int(count) for count in row] for row in matrix]
    if not counts:
        return paragraph(f"{title}: no items.")
    if len(labels) > _LARGEST_MATRIX:
        return _frequent_errors(labels, counts, title)
    head = Markup("").join(
        Markup('<th scope="col" class="n">{}</th>').format(escape(label))
        for label in labels
    )
    best = max((row[i] for i, row in enumerate(counts)), default=0)
    worst = max(
        (n for i, row in enumerate(counts) for n in row[:i] + row[i + 1 :]), default=0
    )
    body = Markup("\n").join(
        _matrix_row(index, label, row, best, worst)
        for index, (label, row) in enumerate(zip(labels, counts, strict=True))
    )
    return scrolling(
        Markup(
            '<table class="matrix"><caption>{}: rows are true classes, columns are '
            'predictions</caption><thead><tr><td></td>{}<th scope="col" class="n">'
            "recall</th></tr></thead>\n<tbody>{}\n{}</tbody></table>"
        ).format(escape(title), head, body, _precision_row(counts))
    )


def _matrix_row(
    index: int, label: str, row: list[int], best: int, worst: int
) -> Markup:
    cells = Markup("").join(
        _matrix_cell(count, index == column, best if index == column else worst)
        for column, count in enumerate(row)
    )
    return Markup(
        '<tr><th scope="row">{}</th>{}<td class="n edge">{}</td></tr>'
    ).format(escape(label), cells, _share(row[index], sum(row)))


def _matrix_cell(count: int, is_hit: bool, largest: int) -> Markup:
    kind = "hit" if is_hit else "miss" if count else "zero"
    strength = math.sqrt(count / largest) if count and largest else 0.0
    return Markup('<td class="n {}" style="--a:{}">{}</td>').format(
        kind, f"{0.55 * strength:.2f}", format_number(count)
    )


def _precision_row(counts: list[list[int]]) -> Markup:
    cells = Markup("").join(
        Markup('<td class="n edge">{}</td>').format(
            _share(counts[column][column], sum(row[column] for row in counts))
        )
        for column in range(len(counts))
    )
    total = sum(map(sum, counts))
    right = sum(row[index] for index, row in enumerate(counts))
    return Markup(
        '<tr><th scope="row">precision</th>{}<td class="n edge">{}</td></tr>'
    ).format(cells, _share(right, total))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "\u2013"


def _frequent_errors(
    labels: Sequence[str], counts: list[list[int]], title: str
) -> Markup:
    errors = [
        (count, true, predicted)
        for true, row in enumerate(counts)
        for predicted, count in enumerate(row)
        if count and true != predicted
    ]
    errors.sort(key=lambda error: (-error[0], error[1:]))
    rows = [(labels[true], labels[guess], count) for count, true, guess in errors]
    return table(
        ["True class", "Predicted", "Items"],
        rows[:_PAIRS_SHOWN],
        numeric=(2,),
        caption=f"{title}: the most frequent of {format_number(len(rows))} mistakes",
    )
