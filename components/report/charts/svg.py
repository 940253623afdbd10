# SPDX-License-Identifier: Apache-2.0
"""A small writer of SVG charts: axes, marks, and the figure around them.

Colours are CSS variables of the page, so that light, dark and print have their own; the
attributes beside the classes are what a fragment shows without that page.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from components.report.charts.scale import Scale, tick_labels
from components.report.fragments.tables import table
from components.report.fragments.text import details, escape

WIDTH: Final = 420
HEIGHT: Final = 250
CHARACTER: Final = 6.9  # mean width of a letter at the charts' 12 px
COLOURS: Final = ("#0072b2", "#c8550a", "#008561", "#a8487f", "#8f6400", "#5c6370")
LONGEST: Final = 18  # letters of a name beside a chart
# Lines differ in their dashes as well, for readers and printers without colour.
DASHES: Final = ("", "7 3", "2 3", "9 3 2 3", "4 4", "1 4")


@dataclass(frozen=True)
class Area:
    """The rectangle inside the axes, in pixels."""

    left: float = 46
    top: float = 12
    right: float = WIDTH - 12
    bottom: float = HEIGHT - 40


def text(
    x: float, y: float, content: Any, anchor: str = "start", more: str = ""
) -> Markup:
    """A line of text; `more` holds further attributes, written by us."""
    return Markup('<text x="{}" y="{}" text-anchor="{}"{}>{}</text>').format(
        px(x), px(y), anchor, Markup(f" {more}") if more else "", escape(content)
    )


def hint(content: Any) -> Markup:
    """What a mark says when it is pointed at; put it inside the mark."""
    return Markup("<title>{}</title>").format(escape(content))


def shortened(name: str) -> str:
    """A name that fits beside a chart."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "\u2026"


def px(value: float) -> str:
    """Write a coordinate: a tenth of a pixel is as fine as anyone sees."""
    return f"{value:.1f}".removesuffix(".0")


def rule(x1: float, y1: float, x2: float, y2: float, kind: str = "grid") -> Markup:
    """A straight line: `grid`, `axis` or `reference`."""
    dash = ' stroke-dasharray="4 3"' if kind == "reference" else ""
    opacity = 0.15 if kind == "grid" else 0.6
    return Markup(
        f'<line class="{kind}" x1="{px(x1)}" y1="{px(y1)}" x2="{px(x2)}" y2="{px(y2)}"'
        f' stroke="currentColor" stroke-opacity="{opacity}"{dash}/>'
    )


def stroke(index: int) -> str:
    """Attributes of the line of series `index`."""
    dash = DASHES[(index + index // len(COLOURS)) % len(DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    colour = COLOURS[index % len(COLOURS)]
    return f'class="s{index % len(COLOURS) + 1}" stroke="{colour}"{dashed}'


def fill(index: int) -> str:
    """Attributes of an area of series `index`."""
    return f'class="f{index % len(COLOURS) + 1}" fill="{COLOURS[index % len(COLOURS)]}"'


def tick_room(y: Scale) -> float:
    """Give the width that the tick labels of a vertical axis take."""
    labels = tick_labels(y.ticks(), y.is_log)
    return 8 + CHARACTER * max(map(len, labels), default=0) * 1.1


def axes(
    area: Area, x: Scale, y: Scale, x_label: str = "", y_label: str = ""
) -> Markup:
    """Grid lines, ticks and the names of both axes."""
    parts = []
    y_ticks = y.ticks()
    for tick, label in zip(y_ticks, tick_labels(y_ticks, y.is_log), strict=True):
        parts.append(rule(area.left, y(tick), area.right, y(tick)))
        parts.append(text(area.left - 6, y(tick) + 4, label, "end"))
    x_ticks = x.ticks(6)
    for tick, label in zip(x_ticks, tick_labels(x_ticks, x.is_log), strict=True):
        parts.append(rule(x(tick), area.bottom, x(tick), area.bottom + 4, "axis"))
        parts.append(text(x(tick), area.bottom + 17, label, "middle"))
    parts.append(rule(area.left, area.bottom, area.right, area.bottom, "axis"))
    if x_label:
        centre = (area.left + area.right) / 2
        parts.append(text(centre, area.bottom + 33, x_label, "middle", 'class="name"'))
    if y_label:
        parts.append(text(0, area.top - 10, y_label, more='class="name"'))
    return Markup("").join(parts)


def key(names: Sequence[str], x: float, y: float, filled: bool = False) -> Markup:
    """Names of series in a row, each after a piece of its line or its colour."""
    parts = []
    for index, name in enumerate(names):
        if filled:
            sign = (
                f'<rect x="{px(x)}" y="{px(y - 9)}" width="14" height="9" {fill(index)}'
            )
            sign += f' fill-opacity="{0.85 if filled else 1}"/>'
        else:
            sign = f'<path d="M{px(x)} {px(y - 4)}h18" fill="none" '
            sign += f'stroke-width="2" {stroke(index)}/>'
        parts.append(Markup(sign))
        parts.append(text(x + 22, y, name))
        x += 22 + len(name) * CHARACTER + 18
    return Markup("").join(parts)


def chart(
    title: str,
    description: str,
    body: Markup,
    headers: Sequence[str],
    rows: Sequence[Sequence[Any]],
    height: float = HEIGHT,
    width: float = WIDTH,
) -> Markup:
    """Wrap drawn marks as a figure that can be read, heard and looked up.

    Args:
        title: Above the chart.
        description: What the picture says, for readers who do not see it.
        body: What was drawn.
        headers: Columns of the table of numbers below the chart.
        rows: Its rows; long tables are thinned out, and say so.
        height: Height of the picture. Defaults to 250.
        width: Width of the picture. Defaults to 420.
    """
    svg = Markup(
        '<svg role="img" viewBox="0 0 {} {}" width="{}" height="{}" font-size="12" '
        'fill="currentColor"><title>{}</title><desc>{}</desc>{}</svg>'
    ).format(
        px(width),
        px(height),
        px(width),
        px(height),
        *map(escape, (title, description, body)),
    )
    every = math.ceil(len(rows) / 60) or 1
    summary = "Numbers" if every == 1 else f"Numbers, one row in {every}"
    numbers = details(summary, table(headers, rows[::every]))
    return Markup(
        '<figure class="chart"><figcaption>{}</figcaption>{}{}</figure>'
    ).format(escape(title), svg, numbers)


def no_data(title: str) -> Markup:
    """A chart without anything to draw says so instead of failing."""
    return Markup(
        '<figure class="chart"><figcaption>{}</figcaption><p class="quiet">Nothing to '
        "draw: no finite values.</p></figure>"
    ).format(escape(title))
