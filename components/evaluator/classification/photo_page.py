# SPDX-License-Identifier: Apache-2.0
"""Report on a classifier of photographs: correct predictions, Grad-CAM, slices."""

import io
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image

from components.contracts.step_data import StepData
from components.evaluator.classification.captioned_pictures import (
    caption,
    captioned_pictures,
)
from components.report import html

# Width of a picture in CSS pixels.
_WIDTH: Final = 132
# Share of the brightness that is left where the heat map is 0.
_DIMMED: Final = 0.35
_HOT: Final = np.array([255.0, 96.0, 0.0])


def photo_fragments(data: StepData) -> Iterator[Any]:
    """Make the parts that only photographs have.

    Args:
        data: What `photo_page_data.py` recorded.
    """
    facts = data.facts["photographs"]
    yield html.subheading("Right answers", "evaluation-right")
    yield html.paragraph("Right answers, from the least certain to the most.")
    shown = captioned_pictures(data, facts["correct"])
    yield html.image_grid(shown, size=_WIDTH, alt="rightly classified")
    yield html.subheading("Where it looks", "evaluation-saliency")
    yield from _saliency(data)
    yield html.subheading("Parts of the split", "evaluation-slices")
    yield from _slices(facts["slices"])


def overlay(image: NDArray[np.uint8], heatmap: NDArray[np.floating[Any]]) -> bytes:
    """Draw a heat map over a picture: bright and reddish where it is high.

    Args:
        image: uint8 (height, width, 3).
        heatmap: 0 to 1, (rows, columns).

    Returns:
        A JPEG.
    """
    size = (image.shape[1], image.shape[0])
    heat = Image.fromarray((heatmap * 255).astype(np.uint8)).resize(
        size, Image.Resampling.BICUBIC
    )
    strength = np.asarray(heat, np.float64)[..., np.newaxis] / 255
    light = image * (_DIMMED + (1 - _DIMMED) * strength)
    mixed = (1 - 0.35 * strength) * light + 0.35 * strength * _HOT
    buffer = io.BytesIO()
    Image.fromarray(mixed.clip(0, 255).astype(np.uint8)).save(
        buffer, format="JPEG", quality=80
    )
    return buffer.getvalue()


def _saliency(data: StepData) -> Iterator[Markup]:
    yield html.paragraph(
        "Bright and reddish: what speaks for the answer in the last layer that still "
        "has places (Grad-CAM). Right answers first, then wrong ones. It shows where "
        "the model looks, not whether that is a good reason."
    )
    shown = [
        (overlay(image, heatmap), caption(one))
        for one, image, heatmap in zip(
            data.facts["photographs"]["explained"],
            data.arrays["explained_images"],
            data.arrays["explained_heatmaps"],
            strict=True,
        )
    ]
    yield html.image_grid(shown, size=_WIDTH, alt="what the answer rests on")


def _slices(slices: list[dict[str, Any]]) -> Iterator[Markup]:
    yield html.paragraph(
        "Thirds of the split by pixels and by mean brightness, and parts by the colour "
        "that lies over the whole picture, a filter for one, and by what nearly kept a "
        "picture out: another colour space or a turned one, few pixels, hardly any "
        "contrast. With many parts, one is worse than the others by chance: the "
        "intervals say how much that means."
    )
    rows = [
        [
            f"{one['kind']}: {one['name']}",
            one["count"],
            one["accuracy"],
            f"{one['low']:.3f} to {one['high']:.3f}",
            one["log_loss"],
            one["class_share_log_loss"],
        ]
        for one in slices
    ]
    headers = [
        *("Part", "Examples", "Accuracy", "95 % interval"),
        *("Log-loss, nats", "Class shares, nats"),
    ]
    yield html.table(headers, rows, numeric=range(1, 6))
