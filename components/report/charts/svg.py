# SPDX-License-Identifier: Apache-2.0
"""Building blocks of SVG charts: axes, legends, tooltips, and the figure around them.

Colours are CSS variables of the page, different in light, dark and print; the
attributes beside the classes apply to a fragment outside of a page.
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
LONGEST: Final = 18  # characters of a name beside a chart
# Dashes differ too, for readers and printers without colour.
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
    """Draw a line of text; `more` holds further attributes, not escaped."""
    return Markup('<text x="{}" y="{}" text-anchor="{}"{}>{}</text>').format(
        px(x), px(y), anchor, Markup(f" {more}") if more else "", escape(content)
    )


def tooltip(content: Any) -> Markup:
    """Make the tooltip of a mark, to be placed inside of its element."""
    return Markup("<title>{}</title>").format(escape(content))


def abbreviate(name: str) -> str:
    """Shorten a name so that it fits beside a chart."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "\u2026"


def px(value: float) -> str:
    """Format a coordinate in tenths of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "grid") -> Markup:
    """Draw a straight line of the kind `grid`, `axis` or `reference`."""
    dash = ' stroke-dasharray="4 3"' if kind == "reference" else ""
    opacity = 0.15 if kind == "grid" else 0.6
    return Markup(
        f'<line class="{kind}" x1="{px(x1)}" y1="{px(y1)}" x2="{px(x2)}" y2="{px(y2)}"'
        f' stroke="currentColor" stroke-opacity="{opacity}"{dash}/>'
    )


def stroke(index: int) -> str:
    """Return the attributes of the line of series `index`."""
    dash = DASHES[(index + index // len(COLOURS)) % len(DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    colour = COLOURS[index % len(COLOURS)]
    return f'class="s{index % len(COLOURS) + 1}" stroke="{colour}"{dashed}'


def fill(index: int) -> str:
    """Return the attributes of an area of series `index`."""
    return f'class="f{index % len(COLOURS) + 1}" fill="{COLOURS[index % len(COLOURS)]}"'


def tick_room(y: Scale) -> float:
    """Return the width of the tick labels of a vertical axis, in pixels."""
    labels = tick_labels(y.ticks(), y.is_log)
    return 8 + CHARACTER * max(map(len, labels), default=0) * 1.1


def axes(
    area: Area, x: Scale, y: Scale, x_label: str = "", y_label: str = ""
) -> Markup:
    """Draw grid lines, ticks and the labels of both axes."""
    parts = []
    y_ticks = y.ticks()
    for tick, label in zip(y_ticks, tick_labels(y_ticks, y.is_log), strict=True):
        parts.append(line(area.left, y(tick), area.right, y(tick)))
        parts.append(text(area.left - 6, y(tick) + 4, label, "end"))
    x_ticks = x.ticks(6)
    for tick, label in zip(x_ticks, tick_labels(x_ticks, x.is_log), strict=True):
        parts.append(line(x(tick), area.bottom, x(tick), area.bottom + 4, "axis"))
        parts.append(text(x(tick), area.bottom + 17, label, "middle"))
    parts.append(line(area.left, area.bottom, area.right, area.bottom, "axis"))
    if x_label:
        centre = (area.left + area.right) / 2
        parts.append(text(centre, area.bottom + 33, x_label, "middle", 'class="name"'))
    if y_label:
        parts.append(text(0, area.top - 10, y_label, more='class="name"'))
    return Markup("").join(parts)


def legend(names: Sequence[str], x: float, y: float, filled: bool = False) -> Markup:
    """Draw the names of series in a row, each after a sample of its line or colour."""
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
    """Make a figure of drawn marks, with a caption and a table of the numbers.

    Args:
        title: Caption.
        description: Text for screen readers.
        body: The marks.
        headers: Headers of the table below the chart.
        rows: Rows of the table; of more than 60 every n-th is shown, with a note.
        height: Height of the chart in pixels. Defaults to 250.
        width: Width of the chart in pixels. Defaults to 420.
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
    """Make a figure with a note in place of a chart without finite values."""
    return Markup(
        '<figure class="chart"><figcaption>{}</figcaption><p class="quiet">Nothing to '
        "draw: no finite values.</p></figure>"
    ).format(escape(title))
