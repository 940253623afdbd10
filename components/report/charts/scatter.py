# SPDX-License-Identifier: Apache-2.0
"""Scatter plots: predictions against truth, and labelled points of projections."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from markupsafe import Markup

from components.core.number_format import format_number
from components.report.charts import svg
from components.report.charts.scale import Values, finite, linear
from components.report.charts.svg import Area

_WIDTH: Final = 880
_HEIGHT: Final = 560
_SQUARE: Final = 380
_LETTER_HEIGHT: Final = 11


def points_on_diagonal(
    x: Values, y: Values, title: str, x_label: str = "", y_label: str = ""
) -> Markup:
    """Draw points over two axes of one scale; on the diagonal both values are equal.

    Args:
        x: Horizontal coordinates (n,).
        y: Vertical coordinates (n,).
        title: Caption.
        x_label: Label of the horizontal axis. Defaults to none.
        y_label: Label of the vertical axis. Defaults to none.
    """
    points = [
        (float(a), float(b))
        for a, b in zip(x, y, strict=True)
        if len(finite([a, b])) > 1
    ]
    if not points:
        return svg.no_data(title)
    values = [value for point in points for value in point]
    area = Area(top=24, bottom=_SQUARE - 40, right=_SQUARE)
    vertical = linear(values, area.bottom, area.top)
    area = replace(area, left=svg.tick_room(vertical))
    horizontal = linear(values, area.left, area.right)
    body = svg.axes(area, horizontal, vertical, x_label, y_label)
    low, high = horizontal.low, horizontal.high
    ends = (horizontal(low), vertical(low), horizontal(high), vertical(high))
    body += svg.line(*ends, "reference")
    for a, b in points:
        text = f"{x_label} {format_number(a)}, {y_label} {format_number(b)}"
        body += Markup(
            '<circle cx="{}" cy="{}" r="2.2" {} fill-opacity="0.5">{}</circle>'
        ).format(
            svg.px(horizontal(a)),
            svg.px(vertical(b)),
            Markup(svg.fill(0)),
            svg.tooltip(text),
        )
    description = f"{len(points)} points; on the dashed line both values are equal."
    headers = [x_label, y_label]
    return svg.chart(title, description, body, headers, points, _SQUARE, _SQUARE + 12)


def labelled_points(
    points: Sequence[Sequence[float]],
    labels: Sequence[str],
    title: str,
    groups: Sequence[int] | None = None,
) -> Markup:
    """Draw points with labels; a label that would overlap an earlier one is omitted.

    Omitted labels are in the tooltips of the points and in the table below.

    Args:
        points: Coordinates (n, 2); the first points have priority for their labels.
        labels: Labels (n,).
        title: Caption.
        groups: Index of each point's colour (n,). Defaults to one colour for all.
    """
    if not points or len(finite(v for p in points for v in p)) < 2 * len(points):
        return svg.no_data(title)
    area = replace(Area(), left=10, top=10, right=_WIDTH - 70, bottom=_HEIGHT - 10)
    x = linear([p[0] for p in points], area.left, area.right)
    y = linear([p[1] for p in points], area.bottom, area.top)
    body, taken = Markup(), list[tuple[float, float, float]]()
    for index, (point, label) in enumerate(zip(points, labels, strict=True)):
        position = x(point[0]), y(point[1])
        colour = svg.fill(groups[index] if groups else 0)
        body += Markup('<circle cx="{}" cy="{}" r="2.2" {}>{}</circle>').format(
            svg.px(position[0]), svg.px(position[1]), Markup(colour), svg.tooltip(label)
        )
        end = position[0] + 4 + len(label) * svg.CHARACTER
        if all(_are_apart(position, end, other) for other in taken):
            taken.append((*position, end))
            body += svg.text(position[0] + 4, position[1] + 4, label)
    rows = [[name, *point] for name, point in zip(labels, points, strict=True)]
    description = f"{len(points)} named points; those close together are alike."
    headers = ["", "first axis", "second axis"]
    return svg.chart(title, description, body, headers, rows, _HEIGHT, _WIDTH)


def _are_apart(
    position: tuple[float, float], end: float, other: tuple[float, float, float]
) -> bool:
    """Return whether two labels, each one line high, do not overlap."""
    left, middle, right = other
    is_beside = end < left or position[0] - 2 > right
    return is_beside or abs(position[1] - middle) > _LETTER_HEIGHT
