# SPDX-License-Identifier: Apache-2.0
"""Bar charts."""

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from components.core.number_format import format_number
from components.report.charts import svg
from components.report.charts.scale import Scale, Values, finite

_MOST_BARS: Final = 40


def bar_chart(
    labels: Sequence[str],
    series: Mapping[str, Values],
    title: str,
    value_label: str = "",
) -> Markup:
    """Draw horizontal bars with their values, one group per label.

    Args:
        labels: Names of the groups. The chart shows the first 40 bars, the table below
            it all of them.
        series: Name -> one value per label.
        title: Caption.
        value_label: Quantity that the bars show; of more groups than the chart has
            room for, it also says how many are shown. Defaults to none.
    """
    known = finite(v for values in series.values() for v in values)
    if len(labels) == 0 or not known:
        return svg.no_data(title)
    shown = max(1, _MOST_BARS // len(series))
    thickness = 13 if len(series) > 1 else 16
    step = thickness * len(series) + 7
    left = min(130.0, max(len(str(label)) for label in labels) * svg.CHARACTER + 12)
    top = 26 if len(series) > 1 else 4
    scale = Scale(min(0.0, *known), max(0.0, *known) or 1.0, left, svg.WIDTH - 62)
    body = (
        svg.legend(list(series), left, 14, filled=True) if len(series) > 1 else Markup()
    )
    for row, label in enumerate(labels[:shown]):
        y = top + row * step
        middle = y + (step - 7) / 2 + 4
        body += svg.text(left - 8, middle, svg.abbreviate(str(label)), "end")
        for index, (name, values) in enumerate(series.items()):
            if row < len(values) and finite([values[row]]):
                body += _bar(
                    index,
                    f"{label}, {name}",
                    float(values[row]),
                    scale,
                    y + index * thickness,
                    thickness - 2,
                )
    bottom = top + min(len(labels), shown) * step
    if shown < len(labels):
        value_label = f"{value_label} (the first {shown} of {len(labels)})".strip()
    body += svg.line(scale(0), top - 2, scale(0), bottom - 5, "axis")
    if value_label:
        body += svg.text(left, bottom + 10, value_label, more='class="name"')
        bottom += 16
    rows = [
        [label, *(_at(values, i) for values in series.values())]
        for i, label in enumerate(labels)
    ]
    description = f"Bars of {len(labels)} groups: {', '.join(series)}."
    return svg.chart(title, description, body, ["", *series], rows, height=bottom)


def _at(values: Values, index: int) -> float | None:
    return values[index] if index < len(values) else None


def _bar(
    index: int, name: str, value: float, scale: Scale, y: float, height: float
) -> Markup:
    start, end = sorted((scale(0), scale(value)))
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" {}>{}</rect>{}').format(
        svg.px(start),
        svg.px(y),
        svg.px(max(end - start, 0.5)),
        svg.px(height),
        Markup(svg.fill(index)),
        svg.tooltip(f"{name}: {format_number(value)}"),
        svg.text(end + 5, y + height - 1.5, format_number(value, 3)),
    )
