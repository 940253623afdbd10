# SPDX-License-Identifier: Apache-2.0
"""Synthetic pictures of cats and dogs, with three unreliable cues of the class.

Ears (pointed or hanging), muzzle (flat or long) and pupils (slits or round) each show
the other class with probability `CUE_ERROR`, independently. Colours, size, position,
rotation, background, light, occlusion and noise are independent of the class. Hence
even an optimal classifier errs; `ceiling()` computes its accuracy and log-loss.
"""

from collections.abc import Sequence
from itertools import product
from math import log, prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.ingest.synthetic.canvas import TURNS, Canvas, Colour, clipped
from components.ingest.synthetic.random_stream import RandomStream

CLASSES: Final = ("cat", "dog")
CUE_ERROR: Final = 0.06
NUM_CUES: Final = 3

# Both classes have the same colours of fur.
_FURS: Final = ((205, 150, 90), (120, 85, 60), (70, 68, 72), (225, 215, 200))
_GROUNDS: Final = ((90, 130, 80), (140, 120, 100), (110, 125, 150), (185, 175, 165))


def ceiling() -> tuple[float, float]:
    """Accuracy and log-loss (nats) of the Bayes-optimal classifier, by enumeration."""
    accuracy = loss = 0.0
    for wrong in product((False, True), repeat=NUM_CUES):
        # Probability of the cues given the true class, and given the other class.
        right = prod(CUE_ERROR if w else 1 - CUE_ERROR for w in wrong)
        other = prod(1 - CUE_ERROR if w else CUE_ERROR for w in wrong)
        accuracy += right * (right > other)
        loss -= right * log(right / (right + other))
    return accuracy, loss


def draw(seed: int, number: int) -> tuple[str, NDArray[np.uint8]]:
    """Draw one picture.

    Args:
        seed: Seed of the whole data set.
        number: Number of the picture; even ones are cats.

    Returns:
        Class name, and pixels uint8 (height, width, 3).
    """
    stream = RandomStream(seed, number)
    label = number % 2
    cues = [label ^ int(stream.bernoulli(CUE_ERROR)) for _ in range(NUM_CUES)]
    width, height = 96 + stream.integer(65), 96 + stream.integer(65)
    canvas = Canvas(width, height, stream.choose(_GROUNDS))
    canvas.shade(40 * canvas.clouds(stream, 3 + stream.integer(4)), _tint(stream))
    _draw_animal(canvas, stream, cues)
    if stream.bernoulli(0.3):
        _draw_occluder(canvas, stream)
    gain = stream.uniform(0.65, 1.25)
    canvas.scale([gain * tint for tint in _tint(stream)])
    canvas.blur(stream.integer(3))
    canvas.noise(stream, stream.uniform(4, 22))
    return CLASSES[label], canvas.pixels()


def _draw_animal(canvas: Canvas, stream: RandomStream, cues: Sequence[int]) -> None:
    ears, muzzle, pupils = cues
    turn = stream.choose(TURNS)
    fur = [value + stream.uniform(-25, 25) for value in stream.choose(_FURS)]
    dark = [0.62 * value for value in fur]
    size = min(canvas.width, canvas.height) * stream.uniform(0.22, 0.36)
    centre = (
        canvas.width * stream.uniform(0.38, 0.62),
        canvas.height * stream.uniform(0.42, 0.6),
    )

    def at(right: float, below: float) -> tuple[float, float]:
        """A point on the head, relative to its centre, in head radii."""
        cosine, sine = turn
        across, down = right * size, below * size
        return (
            centre[0] + cosine * across - sine * down,
            centre[1] + sine * across + cosine * down,
        )

    _draw_body(canvas, at(0, 1.7), size, turn, dark)
    for side in (-1, 1):
        if ears:
            radii = (0.32 * size, 0.75 * size)
            canvas.paint(canvas.ellipse(at(0.95 * side, 0.05), radii, turn), dark)
        else:
            _draw_pointed_ear(canvas, at(0.6 * side, -1.25), size, turn, dark)
    canvas.paint(canvas.ellipse(centre, (size, 0.92 * size), turn), fur)
    light = [min(255.0, 1.25 * value + 20) for value in fur]
    radii = (0.34 * size, 0.52 * size) if muzzle else (0.5 * size, 0.27 * size)
    canvas.paint(canvas.ellipse(at(0, 0.5), radii, turn), light)
    canvas.paint(
        canvas.ellipse(at(0, 0.3), (0.14 * size, 0.1 * size), turn), (45, 35, 38)
    )
    for side in (-1, 1):
        eye = at(0.42 * side, -0.2)
        canvas.paint(canvas.ellipse(eye, (0.2 * size, 0.18 * size), turn), _EYE)
        pupil = (0.12 * size, 0.12 * size) if pupils else (0.05 * size, 0.16 * size)
        canvas.paint(canvas.ellipse(eye, pupil, turn), (15, 15, 18))


_EYE: Final = (215, 205, 120)


def _draw_body(
    canvas: Canvas,
    centre: tuple[float, float],
    size: float,
    turn: tuple[float, float],
    colour: Colour,
) -> None:
    canvas.paint(canvas.ellipse(centre, (0.9 * size, 1.2 * size), turn), colour)


def _draw_pointed_ear(
    canvas: Canvas,
    tip: tuple[float, float],
    size: float,
    turn: tuple[float, float],
    colour: Colour,
) -> None:
    across, down = canvas.turned(tip, turn)
    inside = np.minimum(0.42 * down - np.abs(across), 0.9 * size - down)
    canvas.paint(clipped(inside / 1.5 + 0.5), colour)


def _draw_occluder(canvas: Canvas, stream: RandomStream) -> None:
    """A thin object that may hide a cue, such as a blade of grass."""
    centre = (canvas.width * stream.uniform(), canvas.height * stream.uniform(0.3, 1.0))
    thickness = canvas.width * stream.uniform(0.02, 0.06)
    radii = (thickness, canvas.height * stream.uniform(0.3, 0.8))
    mask = canvas.ellipse(centre, radii, stream.choose(TURNS))
    canvas.paint(mask, stream.choose(_GROUNDS))


def _tint(stream: RandomStream) -> tuple[float, float, float]:
    return (
        stream.uniform(0.88, 1.1),
        stream.uniform(0.9, 1.08),
        stream.uniform(0.86, 1.12),
    )
