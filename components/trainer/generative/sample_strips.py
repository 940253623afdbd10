# SPDX-License-Identifier: Apache-2.0
"""Pictures of the same draws after each epoch: kept in a training, then shown."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.report import html
from components.report.fragments.image_sheet import image_sheet

if TYPE_CHECKING:
    from numpy.typing import NDArray

PICTURES: Final = 12
_FOLDER: Final = "pictures"
_MOST_STRIPS: Final = 12
_WIDTH: Final = 600


class Strips:
    """One row of pictures per epoch, in files that outlive an interruption.

    Args:
        workdir: Folder of the training.
    """

    def __init__(self, workdir: Path) -> None:
        self._folder = workdir / _FOLDER

    def keep(self, step: int, images: "NDArray[Any]") -> None:
        """Keep the uint8 pictures of an epoch, which ended with that step."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{step:08d}.png"
        path.write_bytes(image_sheet(images, columns=PICTURES))

    def read(self) -> list[bytes]:
        """The pictures of all epochs, as PNG, in order."""
        return [path.read_bytes() for path in sorted(self._folder.glob("*.png"))]


def strips_html(strips: list[bytes], made_of: str) -> Any:
    """One row of pictures per epoch, some epochs left out where there are many.

    Args:
        strips: PNG files, one per epoch.
        made_of: What the pictures of all epochs have in common.
    """
    return html.join(
        html.subheading(f"The same {made_of}, epoch after epoch", "training-strips"),
        html.image_grid(
            [(strip, f"epoch {epoch}") for epoch, strip in _chosen(strips)],
            size=_WIDTH,
            columns=1,
            alt="made images",
        ),
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
