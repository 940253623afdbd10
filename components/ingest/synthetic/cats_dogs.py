# SPDX-License-Identifier: Apache-2.0
"""Drawn cats and dogs: three cues tell them apart, each of them lies now and then.

Ears (pointed or hanging), muzzle (flat or long) and pupils (slits or round) each show
the other animal in `CUE_ERROR` of the pictures, independently. Colours, size, place,
turn, ground, light, things in front and grain say nothing. So even who sees every cue
errs: `ceiling()` says how often.
"""

from collections.abc import Sequence
from itertools import product
from math import log, prod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.ingest.synthetic.canvas import TURNS, Canvas, Colour, clipped
from components.ingest.synthetic.random_numbers import Dice

VERSION: Final = 2
CLASSES: Final = ("cat", "dog")
CUE_ERROR: Final = 0.06
NUM_CUES: Final = 3

# Fur of either animal alike.
_FURS: Final = ((205, 150, 90), (120, 85, 60), (70, 68, 72), (225, 215, 200))
_GROUNDS: Final = ((90, 130, 80), (140, 120, 100), (110, 125, 150), (185, 175, 165))


def ceiling() -> tuple[float, float]:
    """Best accuracy and log-loss (nats) that the cues allow, by counting all cases."""
    accuracy = loss = 0.0
    for wrong in product((False, True), repeat=NUM_CUES):
        # As the cues show the right animal, and as they show the other one.
        right = prod(CUE_ERROR if w else 1 - CUE_ERROR for w in wrong)
        other = prod(1 - CUE_ERROR if w else CUE_ERROR for w in wrong)
        accuracy += right * (right > other)
        loss -= right * log(right / (right + other))
    return accuracy, loss


def draw(seed: int, number: int) -> tuple[str, NDArray[np.uint8]]:
    """Draw one animal.

    Args:
        seed: Of the whole data set.
        number: Which picture of it; even ones are cats.

    Returns:
        Class name, and pixels uint8 [height, width, 3].
    """
    dice = Dice(seed, number)
    label = number % 2
    cues = [label ^ int(dice.happens(CUE_ERROR)) for _ in range(NUM_CUES)]
    width, height = 96 + dice.below(65), 96 + dice.below(65)
    canvas = Canvas(width, height, dice.pick(_GROUNDS))
    canvas.shade(40 * canvas.clouds(dice, 3 + dice.below(4)), _mood(dice))
    _draw_animal(canvas, dice, cues)
    if dice.happens(0.3):
        _draw_thing_in_front(canvas, dice)
    gain = dice.uniform(0.65, 1.25)
    canvas.scale([gain * tint for tint in _mood(dice)])
    canvas.blur(dice.below(3))
    canvas.noise(dice, dice.uniform(4, 22))
    return CLASSES[label], canvas.pixels()


def _draw_animal(canvas: Canvas, dice: Dice, cues: Sequence[int]) -> None:
    ears, muzzle, pupils = cues
    turn = dice.pick(TURNS)
    fur = [value + dice.uniform(-25, 25) for value in dice.pick(_FURS)]
    dark = [0.62 * value for value in fur]
    size = min(canvas.width, canvas.height) * dice.uniform(0.22, 0.36)
    centre = (
        canvas.width * dice.uniform(0.38, 0.62),
        canvas.height * dice.uniform(0.42, 0.6),
    )

    def at(right: float, below: float) -> tuple[float, float]:
        """A place on the head, in sizes of the head from its middle."""
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
    place: tuple[float, float],
    size: float,
    turn: tuple[float, float],
    colour: Colour,
) -> None:
    canvas.paint(canvas.ellipse(place, (0.9 * size, 1.2 * size), turn), colour)


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


def _draw_thing_in_front(canvas: Canvas, dice: Dice) -> None:
    """A blade of grass, a bar: it may hide a cue."""
    place = (canvas.width * dice.uniform(), canvas.height * dice.uniform(0.3, 1.0))
    thickness = canvas.width * dice.uniform(0.02, 0.06)
    radii = (thickness, canvas.height * dice.uniform(0.3, 0.8))
    mask = canvas.ellipse(place, radii, dice.pick(TURNS))
    canvas.paint(mask, dice.pick(_GROUNDS))


def _mood(dice: Dice) -> tuple[float, float, float]:
    return (dice.uniform(0.88, 1.1), dice.uniform(0.9, 1.08), dice.uniform(0.86, 1.12))
