# SPDX-License-Identifier: Apache-2.0
"""Named points in a plane: maps of words, of classes, of anything with a place."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from markupsafe import Markup

from components.report.charts import svg
from components.report.charts.scale import finite, linear
from components.report.charts.svg import Area

_WIDTH: Final = 880
_HEIGHT: Final = 560
_LETTER_HEIGHT: Final = 11


def labelled_points(
    points: Sequence[Sequence[float]],
    labels: Sequence[str],
    title: str,
    groups: Sequence[int] | None = None,
) -> Markup:
    """A point and its name at each place; names that would cover others are left out.

    Left-out names are in the points' hints and in the table below.

    Args:
        points: Two numbers each; the first ones keep their names where room is short.
        labels: Names of the points.
        title: Above the chart.
        groups: Number of each point's colour. Defaults to one colour for all.
    """
    if not points or len(finite(v for p in points for v in p)) < 2 * len(points):
        return svg.no_data(title)
    area = replace(Area(), left=10, top=10, right=_WIDTH - 70, bottom=_HEIGHT - 10)
    x = linear([p[0] for p in points], area.left, area.right)
    y = linear([p[1] for p in points], area.bottom, area.top)
    body, taken = Markup(), list[tuple[float, float, float]]()
    for index, (point, label) in enumerate(zip(points, labels, strict=True)):
        place = x(point[0]), y(point[1])
        colour = svg.fill(groups[index] if groups else 0)
        body += Markup('<circle cx="{}" cy="{}" r="2.2" {}>{}</circle>').format(
            svg.px(place[0]), svg.px(place[1]), Markup(colour), svg.hint(label)
        )
        end = place[0] + 4 + len(label) * svg.CHARACTER
        if all(_apart(place, end, other) for other in taken):
            taken.append((*place, end))
            body += svg.text(place[0] + 4, place[1] + 4, label)
    rows = [[name, *point] for name, point in zip(labels, points, strict=True)]
    told = f"{len(points)} named points; those close together are alike."
    headers = ["", "first axis", "second axis"]
    return svg.chart(title, told, body, headers, rows, _HEIGHT, _WIDTH)


def _apart(
    place: tuple[float, float], end: float, other: tuple[float, float, float]
) -> bool:
    """Whether two names, one line high each, do not touch."""
    left, middle, right = other
    return abs(place[1] - middle) > _LETTER_HEIGHT or end < left or place[0] - 2 > right
