# SPDX-License-Identifier: Apache-2.0
"""Strips of sample images in the report: the same latent vectors in each epoch."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.report import html
from components.report.fragments.image_sheet import image_sheet

_MAX_STRIPS: Final = 12
_WIDTH: Final = 600


def sample_strips(samples: NDArray[np.uint8], inputs: str) -> Any:
    """Draw one row of images per epoch; of many epochs, a selection.

    Args:
        samples: uint8 (epochs, n, height, width, channels).
        inputs: Name of what all epochs have in common, for the heading.
    """
    strips = [
        (image_sheet(samples[epoch - 1], columns=samples.shape[1]), f"epoch {epoch}")
        for epoch in _selected_epochs(len(samples))
    ]
    return html.join(
        html.subheading(f"Samples of the same {inputs} by epoch", "training-strips"),
        html.image_grid(strips, size=_WIDTH, columns=1, alt="generated images"),
    )


def _selected_epochs(num_epochs: int) -> list[int]:
    """Select the first and the last epoch and some between, counted from 1."""
    steps = min(_MAX_STRIPS, num_epochs)
    if steps < 2:
        return list(range(1, num_epochs + 1))
    # Geometric spacing: most changes happen in the first epochs.
    return sorted({round(num_epochs ** (i / (steps - 1))) for i in range(steps)})
