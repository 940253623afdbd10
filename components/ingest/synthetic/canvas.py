# SPDX-License-Identifier: Apache-2.0
"""A raster canvas: shapes with soft edges, smooth noise, blur and exposure."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.ingest.synthetic.random_stream import RandomStream

Field = NDArray[np.float64]
Colour = Sequence[float]

# Cosine and sine of rotations, exact ratios from Pythagorean triples.
TURNS: Final = tuple(
    (cosine / length, sign * sine / length)
    for cosine, sine, length in ((1, 0, 1), (63, 16, 65), (40, 9, 41), (35, 12, 37))
    for sign in (1, -1)
)


class Canvas:
    """An RGB picture, 0 to 255, that shapes are painted on.

    Args:
        width: Width in pixels.
        height: Height in pixels.
        colour: Colour of the background.
    """

    def __init__(self, width: int, height: int, colour: Colour) -> None:
        self.width, self.height = width, height
        self.x = np.arange(width, dtype=np.float64)[np.newaxis, :] + 0.5
        self.y = np.arange(height, dtype=np.float64)[:, np.newaxis] + 0.5
        self._planes = [np.full((height, width), float(value)) for value in colour]

    def paint(self, mask: Field, colour: Colour) -> None:
        """Blend a colour into the picture by a mask, 0 to 1, (height, width)."""
        for index, value in enumerate(colour):
            plane = self._planes[index]
            self._planes[index] = plane + mask * (value - plane)

    def shade(self, amount: Field | float, strength: Colour = (1, 1, 1)) -> None:
        """Add brightness to all channels, scaled by the strength of each."""
        for index, value in enumerate(strength):
            self._planes[index] = self._planes[index] + amount * value

    def scale(self, gains: Colour) -> None:
        """Multiply each channel: exposure, tint, or a filter before the lens."""
        for index, gain in enumerate(gains):
            self._planes[index] = self._planes[index] * gain

    def blur(self, times: int) -> None:
        """Blur with a 3 x 3 binomial filter, several times."""
        for _ in range(times):
            self._planes = [_binomial_filter(plane) for plane in self._planes]

    def noise(self, stream: RandomStream, size: float) -> None:
        """Add triangular noise of up to `size` to every channel and pixel."""
        for index in range(3):
            grain = stream.field(self.height, self.width) - stream.field(
                self.height, self.width
            )
            self._planes[index] = self._planes[index] + size * grain

    def pixels(self) -> NDArray[np.uint8]:
        """The picture as uint8 (height, width, 3)."""
        limited = [np.minimum(np.maximum(plane, 0), 255) for plane in self._planes]
        return np.stack(limited, axis=2).astype(np.uint8)

    def ellipse(
        self,
        centre: tuple[float, float],
        radii: tuple[float, float],
        turn: tuple[float, float] = (1.0, 0.0),
        edge: float = 1.5,
    ) -> Field:
        """Mask of an ellipse with a soft edge of `edge` pixels, (height, width)."""
        distance = self.distance(centre, radii, turn)
        softness = min(radii) / edge
        return clipped((1.0 - distance) * softness + 0.5)

    def distance(
        self,
        centre: tuple[float, float],
        radii: tuple[float, float],
        turn: tuple[float, float] = (1.0, 0.0),
    ) -> Field:
        """Distance of each pixel from a centre, in radii of an ellipse."""
        across, down = self.turned(centre, turn)
        across, down = across / radii[0], down / radii[1]
        return np.sqrt(across * across + down * down)

    def turned(
        self, centre: tuple[float, float], turn: tuple[float, float]
    ) -> tuple[Field, Field]:
        """Coordinates relative to a centre in a rotated frame, each (height, width)."""
        right, below = self.x - centre[0], self.y - centre[1]
        cosine, sine = turn
        return cosine * right + sine * below, cosine * below - sine * right

    def clouds(self, stream: RandomStream, cells: int) -> Field:
        """Smooth noise from -1 to 1, about `cells` patches across, (height, width)."""
        knots = 2.0 * stream.field(cells + 2, cells + 2) - 1.0
        return _interpolate_rows(_interpolate_rows(knots, self.height).T, self.width).T


def clipped(values: Field) -> Field:
    """Clip to 0 to 1."""
    return np.minimum(np.maximum(values, 0.0), 1.0)


def _interpolate_rows(knots: Field, count: int) -> Field:
    """Interpolate linearly between rows, (knots, columns) -> (count, columns)."""
    position = np.arange(count) * (len(knots) - 2) / count
    below = position.astype(np.int64)
    part = (position - below)[:, np.newaxis]
    return knots[below] + part * (knots[below + 1] - knots[below])


def _binomial_filter(plane: Field) -> Field:
    wide = np.pad(plane, 1, mode="edge")
    rows = wide[:-2] + 2.0 * wide[1:-1] + wide[2:]
    return (rows[:, :-2] + 2.0 * rows[:, 1:-1] + rows[:, 2:]) / 16.0
