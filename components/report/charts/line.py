# SPDX-License-Identifier: Apache-2.0
"""Line charts, such as learning curves.

Missing and infinite values are gaps; long series are thinned out, keeping extremes.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from markupsafe import Markup

from components.core.number_format import format_number
from components.report.charts import svg
from components.report.charts.scale import Scale, Values, finite, linear, logarithmic
from components.report.charts.svg import Area

_MOST_POINTS: Final = 300
_MOST_DOTS: Final = 40

_Points = list[tuple[float, float | None]]


def line_chart(
    series: Mapping[str, Values],
    title: str,
    x_label: str = "",
    y_label: str = "",
    x: Values | None = None,
    log_y: bool = False,
    references: Mapping[str, float] | None = None,
) -> Markup:
    """Draw lines over a common axis, each named at its end.

    Args:
        series: Name -> values; NaN and `None` are gaps.
        title: Caption.
        x_label: Label of the horizontal axis. Defaults to none.
        y_label: Label of the vertical axis. Defaults to none.
        x: Positions of the values. Defaults to 1, 2, 3, ... as for epochs.
        log_y: Logarithmic vertical axis; values of zero and below are gaps. Defaults
            to False.
        references: Name -> value of horizontal lines, as in `{"wanted": 0.99}`.
            Defaults to none.

    Example:
        >>> line_chart({"train": [0.3, 0.1], "validation": [0.2, 0.1]}, "Loss", "epoch")
    """
    lines = {name: _points(values, x, log_y) for name, values in series.items()}
    drawn = [y for points in lines.values() for _, y in points if y is not None]
    if not drawn:
        return svg.no_data(title)
    marks = {n: v for n, v in (references or {}).items() if finite([v])}
    names = [svg.abbreviate(name) for name in (*series, *marks)]
    values = [*drawn, *marks.values()]
    area = Area(
        top=24 if y_label else 12,
        right=svg.WIDTH - 14 - max(map(len, names)) * svg.CHARACTER,
    )
    y_scale = (logarithmic if log_y else linear)(values, area.bottom, area.top)
    area = replace(area, left=svg.tick_room(y_scale))
    x_scale = _x_scale(lines.values(), area)
    body = svg.axes(area, x_scale, y_scale, x_label, y_label)
    for value in marks.values():
        if not log_y or value > 0:
            body += svg.line(
                area.left, y_scale(value), area.right, y_scale(value), "reference"
            )
    for index, (name, points) in enumerate(lines.items()):
        body += _line(index, name, points, x_scale, y_scale)
    body += _end_names(lines, marks, area.right + 6, y_scale)
    return svg.chart(
        title,
        _line_description(lines, x_label),
        body,
        [x_label or "position", *series],
        _line_rows(series, x),
    )


def _x_scale(lines: Iterable[_Points], area: Area) -> Scale:
    positions = [position for points in lines for position, _ in points]
    return replace(
        linear(positions, area.left + 6, area.right - 6, pad=0.0),
        is_whole=all(position.is_integer() for position in positions),
    )


def _points(values: Values, x: Values | None, log_y: bool) -> _Points:
    positions = range(1, len(values) + 1) if x is None else x
    lowest = 0.0 if log_y else -math.inf
    points: _Points = [
        (float(p), _drawable(v, lowest))
        for p, v in zip(positions, values, strict=False)
        if finite([p])
    ]
    return _thinned(points)


def _drawable(value: float | None, lowest: float) -> float | None:
    known = finite([value])
    return known[0] if known and known[0] > lowest else None


def _thinned(points: _Points) -> _Points:
    """Keep the lowest and the highest point of each of 150 intervals."""
    if len(points) <= _MOST_POINTS:
        return points
    stretch = math.ceil(len(points) / (_MOST_POINTS // 2))
    kept: _Points = []
    for start in range(0, len(points), stretch):
        part = points[start : start + stretch]
        known = [(y, i) for i, (_, y) in enumerate(part) if y is not None]
        chosen = {min(known)[1], max(known)[1]} if known else {0}
        kept.extend(part[i] for i in sorted(chosen))
    return kept


def _line(index: int, name: str, points: _Points, x: Scale, y: Scale) -> Markup:
    pixels = [None if v is None else (x(p), y(v)) for p, v in points]
    path, pen = "", "M"
    for pixel in pixels:
        if pixel is None:
            pen = "M"
            continue
        path += f"{pen}{svg.px(pixel[0])} {svg.px(pixel[1])}"
        pen = "L"
    html = Markup(
        f'<path d="{path}" fill="none" stroke-width="2" {svg.stroke(index)}/>'
    )
    if len(points) > _MOST_DOTS:
        return html
    for (position, value), pixel in zip(points, pixels, strict=True):
        if pixel is None or value is None:
            continue
        tooltip = f"{name}, {format_number(position)}: {format_number(value)}"
        html += Markup('<circle cx="{}" cy="{}" r="2.4" {}>{}</circle>').format(
            svg.px(pixel[0]),
            svg.px(pixel[1]),
            Markup(svg.fill(index)),
            svg.tooltip(tooltip),
        )
    return html


def _end_names(
    lines: Mapping[str, _Points], marks: Mapping[str, float], x: float, y: Scale
) -> Markup:
    """Write each name beside the end of its line, without overlaps."""
    ends: list[tuple[float, int, str]] = []
    for index, (name, points) in enumerate(lines.items()):
        last = [value for _, value in points if value is not None][-1:]
        ends.extend((y(value), index, name) for value in last)
    ends.extend((y(v), -1, name) for name, v in marks.items() if not y.is_log or v > 0)
    ends.sort()
    html, free = Markup(), -math.inf
    room = 14 * len(ends)
    for rank, (wanted, index, name) in enumerate(ends):
        # Leave room for the names below it.
        place = max(min(wanted, y.start + 4 - room + 14 * (rank + 1)), free)
        free = place + 14
        colour = svg.fill(index) if index >= 0 else 'class="name"'
        html += svg.text(x, place + 4, svg.abbreviate(name), more=colour)
    return html


def _line_description(lines: Mapping[str, _Points], x_label: str) -> str:
    changes = []
    for name, points in lines.items():
        known = [y for _, y in points if y is not None]
        if known:
            first, last = format_number(known[0]), format_number(known[-1])
            changes.append(f"{name} goes from {first} to {last}")
    over = f" over {x_label}" if x_label else ""
    return f"Line chart{over}: {'; '.join(changes)}."


def _line_rows(series: Mapping[str, Values], x: Values | None) -> list[list[Any]]:
    length = max(len(values) for values in series.values())
    positions = list(range(1, length + 1) if x is None else x)
    return [
        [p, *(values[i] if i < len(values) else None for values in series.values())]
        for i, p in enumerate(positions[:length])
    ]
