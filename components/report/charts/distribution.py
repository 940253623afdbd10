# SPDX-License-Identifier: Apache-2.0
"""Charts of distributions: two histograms over each other, and calibration."""

import math
from dataclasses import replace
from itertools import pairwise

from markupsafe import Markup

from components.core.number_format import format_number
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
    """Two distributions over the same bins, each brought to a sum of one.

    The first is filled, the second is a line over it. Where bins differ in width the
    height is the share per unit, so that areas compare.

    Args:
        left: Counts of the first, one per bin.
        right: Counts of the second, one per bin.
        names: What the two are, as in `("train", "test")`.
        edges: Bin edges, rising: one more than there are bins.
        title: Above the chart.
        x_label: Name of the horizontal axis. Defaults to none.

    Raises:
        ValueError: If counts and edges do not fit each other.
    """
    bins = len(edges) - 1
    if len(left) != len(right) or len(left) != max(bins, 0):
        raise ValueError(
            f"histogram_pair({title!r}) needs one count per bin and one edge more. "
            f"Received {len(left)} and {len(right)} counts with {len(edges)} edges."
        )
    shares = [_shares(left), _shares(right)]
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
    body += svg.key(names, 0, 12)
    filled, line = (_outline(h, edges, x, y) for h in heights)
    body += Markup(
        f'<path d="{filled}Z" fill-opacity="0.22" {svg.fill(0)}/>'
        f'<path d="{filled}" fill="none" stroke-width="1.6" {svg.stroke(0)}/>'
        f'<path d="{line}" fill="none" stroke-width="2" {svg.stroke(1)}/>'
    )
    body += _bin_hints(shares, names, edges, x, area)
    rows = [
        [f"{format_number(low)} to {format_number(high)}", a, b]
        for (low, high), a, b in zip(pairwise(edges), left, right, strict=True)
    ]
    told = f"Two distributions: {names[0]} filled, {names[1]} as a line."
    return svg.chart(title, told, body, [x_label or "bin", *names], rows)


def _shares(counts: Values) -> list[float]:
    known = [float(c) if finite([c]) and c > 0 else 0.0 for c in counts]
    total = sum(known)
    return [count / total for count in known] if total else known


def _outline(heights: Values, edges: Values, x: Scale, y: Scale) -> str:
    path = f"M{svg.px(x(edges[0]))} {svg.px(y(0))}"
    for height, end in zip(heights, list(edges)[1:], strict=True):
        path += f"V{svg.px(y(height))}H{svg.px(x(end))}"
    return f"{path}V{svg.px(y(0))}"


def _bin_hints(
    shares: list[list[float]],
    names: tuple[str, str],
    edges: Values,
    x: Scale,
    area: Area,
) -> Markup:
    html = Markup()
    if len(edges) > 65:
        return html
    for (low, high), a, b in zip(pairwise(edges), *shares, strict=True):
        hint = (
            f"{format_number(low)} to {format_number(high)}: "
            f"{names[0]} {a:.2%}, {names[1]} {b:.2%}"
        )
        html += Markup(
            '<rect x="{}" y="{}" width="{}" height="{}" fill-opacity="0">{}</rect>'
        ).format(
            svg.px(x(low)),
            svg.px(area.top),
            svg.px(x(high) - x(low)),
            svg.px(area.bottom - area.top),
            svg.hint(hint),
        )
    return html


def reliability_diagram(
    confidences: Values,
    accuracies: Values,
    counts: Values,
    title: str = "Calibration",
) -> Markup:
    """Accuracy against confidence per bin, with the number of items below.

    On the diagonal the model is as often right as it says; below it, overconfident.

    Args:
        confidences: Mean confidence of each bin.
        accuracies: Share of right answers in each bin.
        counts: Items in each bin; empty bins are left out.
        title: Above the chart. Defaults to `Calibration`.
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
    body += svg.rule(x(0), y(0), x(1), y(1), "reference")
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
    body += svg.rule(area.left, strip.start, area.right, strip.start, "axis")
    body += svg.text(area.left - 6, strip.end + 10, format_number(most), "end")
    body += svg.text(
        (area.left + area.right) / 2, height - 22, "items per bin (log scale)", "middle"
    )
    body += svg.text(
        (area.left + area.right) / 2, height - 6, "confidence", "middle", 'class="name"'
    )
    told = "Share of right answers by confidence; the diagonal is perfect calibration."
    rows = [[c, a, n] for c, a, n in bins]
    return svg.chart(
        title, told, body, ["Confidence", "Share right", "Items"], rows, height, width
    )


def _bin_dot(
    x: float, y: float, top: float, bottom: float, facts: tuple[float, float, int]
) -> Markup:
    confidence, accuracy, count = facts
    items = format_number(count)
    hint = f"{items} items: said {confidence:.1%}, were right {accuracy:.1%}"
    return Markup(
        '<circle cx="{0}" cy="{1}" r="3.5" {2}>{3}</circle>'
        '<rect x="{4}" y="{5}" width="10" height="{6}" {2} fill-opacity="0.6">'
        "{3}</rect>"
    ).format(
        svg.px(x),
        svg.px(y),
        Markup(svg.fill(0)),
        svg.hint(hint),
        svg.px(x - 5),
        svg.px(top),
        svg.px(max(bottom - top, 0.5)),
    )
