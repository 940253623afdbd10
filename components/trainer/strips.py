# SPDX-License-Identifier: Apache-2.0
"""Pictures of the same noise after each epoch, as a report shows them."""

from typing import Any, Final

from components.report import html

_MOST_STRIPS: Final = 12
_WIDTH: Final = 600


def strips_html(strips: list[bytes]) -> Any:
    """One row of pictures per epoch, some epochs left out where there are many.

    Args:
        strips: PNG files, one per epoch.
    """
    return html.image_grid(
        [(strip, f"epoch {epoch}") for epoch, strip in _chosen(strips)],
        size=_WIDTH,
        columns=1,
        alt="made images",
    )


def _chosen(strips: list[bytes]) -> list[tuple[int, bytes]]:
    """First and last strip and some between, closer together where more happens."""
    num = len(strips)
    steps = min(_MOST_STRIPS, num)
    if steps < 2:
        return list(enumerate(strips, start=1))
    # Equal ratios, not equal steps: most changes in the first epochs.
    wanted = {round(num ** (i / (steps - 1))) for i in range(steps)}
    return [(epoch, strips[epoch - 1]) for epoch in sorted(wanted)]
