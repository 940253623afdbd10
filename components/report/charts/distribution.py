# SPDX-License-Identifier: Apache-2.0
"""Charts of distributions: histograms, and the reliability diagram."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from markupsafe import Markup

from components.core.number_format import are_years, format_number, format_year
from components.report.charts import svg
from components.report.charts.scale import Scale, Values, finite, linear
from components.report.charts.svg import Area


def histogram_pair(
    left: Values,
    right: Values,
    names: tuple[str, str],
    edges: Values,
    title: str,
    x_label: str = "",
) -> Markup:
    """Draw two normalised histograms over the same bins.

    Args:
        left: Counts of the first histogram (bins,).
        right: Counts of the second histogram (bins,).
        names: Names of the two, as in `("train", "test")`.
        edges: Bin edges (bins + 1,), ascending.
        title: Caption.
        x_label: Label of the horizontal axis. Defaults to none.

    Raises:
        ValueError: If the number of counts and of edges do not match.
    """
    series = list(zip(names, (left, right), strict=True))
    return _histograms(series, edges, title, x_label)


def histograms(
    series: Mapping[str, Values], edges: Values, title: str, x_label: str = ""
) -> Markup:
    """Draw normalised histograms over the same bins, as of every split.

    The first is filled, the others are lines over it. If the bins differ in width, the
    height is the density, so that areas are comparable.

    Args:
        series: Name -> counts (bins,).
        edges: Bin edges (bins + 1,), ascending.
        title: Caption.
        x_label: Label of the horizontal axis. Defaults to none.

    Raises:
        ValueError: If the number of counts and of edges do not match.
    """
    return _histograms(list(series.items()), edges, title, x_label)


def _histograms(
    series: Sequence[tuple[str, Values]], edges: Values, title: str, x_label: str
) -> Markup:
    bins = len(edges) - 1
    names = [name for name, _ in series]
    if any(len(counts) != max(bins, 0) for _, counts in series):
        sizes = " and ".join(str(len(counts)) for _, counts in series)
        raise ValueError(
            f"the histograms {title!r} need one count per bin and one edge more. "
            f"Received {sizes} counts with {len(edges)} edges."
        )
    shares = [_shares(counts) for _, counts in series]
    if bins < 1 or len(finite(edges)) <= bins or not any(map(any, shares)):
        return svg.no_data(title)
    widths = [high - low for low, high in pairwise(edges)]
    is_even = max(widths) - min(widths) <= 1e-3 * max(widths)
    heights = [
        share
        if is_even
        else [s / w if w > 0 else 0.0 for s, w in zip(share, widths, strict=True)]
        for share in shares
    ]
    area = Area(top=42)
    y = Scale(0.0, max(map(max, heights)) * 1.05, area.bottom, area.top)
    area = replace(area, left=svg.tick_room(y))
    x = linear(edges, area.left, area.right, pad=0.0)
    y_label = "share of items per bin" if is_even else "share of items per unit"
    body = svg.axes(area, x, y, x_label)
    body += svg.text(0, 30, y_label, more='class="name"')
    body += svg.legend(names, 0, 12)
    filled, *lines = (_outline(h, edges, x, y) for h in heights)
    body += Markup(
        f'<path d="{filled}Z" fill-opacity="0.22" {svg.fill(0)}/>'
        f'<path d="{filled}" fill="none" stroke-width="1.6" {svg.stroke(0)}/>'
    )
    for index, line in enumerate(lines, start=1):
        body += Markup(
            f'<path d="{line}" fill="none" stroke-width="2" {svg.stroke(index)}/>'
        )
    # Of whole numbers the edges lie in the middle between two.
    middles = [math.floor(edge + 0.5) for edge in edges]
    show = format_year if are_years(middles) else format_number
    body += _bin_tooltips(shares, names, edges, x, area, show)
    rows = [
        [f"{show(low)} to {show(high)}", *counts]
        for (low, high), *counts in zip(
            pairwise(edges), *(counts for _, counts in series), strict=True
        )
    ]
    number = {2: "Two", 3: "Three"}.get(len(series), str(len(series)))
    others = " and ".join(names[1:])
    as_lines = "as a line" if len(names) == 2 else "as lines"
    description = f"{number} distributions: {names[0]} filled, {others} {as_lines}."
    return svg.chart(title, description, body, [x_label or "bin", *names], rows)


def _shares(counts: Values) -> list[float]:
    known = [float(c) if finite([c]) and c > 0 else 0.0 for c in counts]
    total = sum(known)
    return [count / total for count in known] if total else known


def _outline(heights: Values, edges: Values, x: Scale, y: Scale) -> str:
    path = f"M{svg.px(x(edges[0]))} {svg.px(y(0))}"
    for height, end in zip(heights, list(edges)[1:], strict=True):
        path += f"V{svg.px(y(height))}H{svg.px(x(end))}"
    return f"{path}V{svg.px(y(0))}"


def _bin_tooltips(
    shares: Sequence[Sequence[float]],
    names: Sequence[str],
    edges: Values,
    x: Scale,
    area: Area,
    show: Callable[[float], str],
) -> Markup:
    html = Markup()
    if len(edges) > 65:
        return html
    for (low, high), *found in zip(pairwise(edges), *shares, strict=True):
        named = (f"{n} {share:.2%}" for n, share in zip(names, found, strict=True))
        tooltip = f"{show(low)} to {show(high)}: {', '.join(named)}"
        html += Markup(
            '<rect x="{}" y="{}" width="{}" height="{}" fill-opacity="0">{}</rect>'
        ).format(
            svg.px(x(low)),
            svg.px(area.top),
            svg.px(x(high) - x(low)),
            svg.px(area.bottom - area.top),
            svg.tooltip(tooltip),
        )
    return html


def reliability_diagram(
    confidences: Values,
    accuracies: Values,
    counts: Values,
    title: str = "Calibration",
) -> Markup:
    """Draw a reliability diagram: accuracy against confidence, with counts below.

    A calibrated model is on the diagonal, an overconfident one below it.

    Args:
        confidences: Mean confidence of each bin (bins,).
        accuracies: Accuracy in each bin (bins,).
        counts: Items in each bin (bins,); empty bins are left out.
        title: Caption. Defaults to `Calibration`.
    """
    bins = [
        (float(c), float(a), int(n))
        for c, a, n in zip(confidences, accuracies, counts, strict=True)
        if n and finite([c]) and finite([a])
    ]
    if not bins:
        return svg.no_data(title)
    width, height = 320.0, 350.0
    area = Area(left=46, top=28, right=width - 12, bottom=246)
    x = Scale(0.0, 1.0, area.left, area.right)
    y = Scale(0.0, 1.0, area.bottom, area.top)
    body = svg.axes(area, x, y, "", "share right")
    body += svg.line(x(0), y(0), x(1), y(1), "reference")
    path = "L".join(f"{svg.px(x(c))} {svg.px(y(a))}" for c, a, _ in bins)
    body += Markup(f'<path d="M{path}" fill="none" stroke-width="2" {svg.stroke(0)}/>')
    most = max(n for _, _, n in bins)
    strip = Scale(0.0, math.log1p(most), height - 40, area.bottom + 24)
    for confidence, accuracy, count in bins:
        body += _bin_dot(
            x(confidence),
            y(accuracy),
            strip(math.log1p(count)),
            strip.start,
            (confidence, accuracy, count),
        )
    body += svg.line(area.left, strip.start, area.right, strip.start, "axis")
    body += svg.text(area.left - 6, strip.end + 10, format_number(most), "end")
    body += svg.text(
        (area.left + area.right) / 2, height - 22, "items per bin (log scale)", "middle"
    )
    body += svg.text(
        (area.left + area.right) / 2, height - 6, "confidence", "middle", 'class="name"'
    )
    description = "Accuracy by confidence; the diagonal is perfect calibration."
    rows = [[c, a, n] for c, a, n in bins]
    return svg.chart(
        title,
        description,
        body,
        ["Confidence", "Share right", "Items"],
        rows,
        height,
        width,
    )


def _bin_dot(
    x: float, y: float, top: float, bottom: float, facts: tuple[float, float, int]
) -> Markup:
    confidence, accuracy, count = facts
    items = format_number(count)
    tooltip = f"{items} items: confidence {confidence:.1%}, accuracy {accuracy:.1%}"
    return Markup(
        '<circle cx="{0}" cy="{1}" r="3.5" {2}>{3}</circle>'
        '<rect x="{4}" y="{5}" width="10" height="{6}" {2} fill-opacity="0.6">'
        "{3}</rect>"
    ).format(
        svg.px(x),
        svg.px(y),
        Markup(svg.fill(0)),
        svg.tooltip(tooltip),
        svg.px(x - 5),
        svg.px(top),
        svg.px(max(bottom - top, 0.5)),
    )
