# SPDX-License-Identifier: Apache-2.0
"""Drawn stand-ins for cervix photographs: hard on purpose, and not medical in any way.

What tells the three types apart is how far the red zone around the opening reaches
(`zone`) and how wide the opening is (`slit`). Both are whole numbers drawn with dice
that overlap from type to type, so that even who reads them off perfectly errs:
`ceiling()` says how often. All else says nothing: place, size and turn of the cervix,
light, hue, the speculum's rim before a black ground, highlights, blur, grain, and a
green filter or an iodine stain in some pictures. A patient has one type, zone and slit,
and up to four pictures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.ingest.synthetic.canvas import TURNS, Canvas, clipped
from components.ingest.synthetic.random_numbers import Dice

VERSION: Final = 1
TYPES: Final = ("Type_1", "Type_2", "Type_3")
# Shares of the published training set: 250, 781 and 450 of 1,481.
SHARES: Final = (0.17, 0.53, 0.30)

# Added to the sum of the dice, by type.
ZONE_SHIFT: Final = (8, 4, 0)
SLIT_SHIFT: Final = (0, 1, 2)
ZONE_DICE: Final = 4  # each 0 to 3
SLIT_DICE: Final = 2
_DIE_SIDES: Final = 4
_LARGEST_ZONE: Final = ZONE_DICE * 3 + max(ZONE_SHIFT)
_LARGEST_SLIT: Final = SLIT_DICE * 3 + max(SLIT_SHIFT)

# About a twentieth of the sides that most of the published pictures have.
LONG_SIDE, SHORT_SIDE = 192, 144
GREEN_SHARE: Final = 0.10
IODINE_SHARE: Final = 0.12


@dataclass(frozen=True)
class Patient:
    """What all pictures of one patient have in common.

    Attributes:
        number: Which patient.
        kind: Index of the type.
        zone: How far the red zone reaches.
        slit: How wide the opening is.
    """

    number: int
    kind: int
    zone: int
    slit: int


def patient(seed: int, number: int, kind: int) -> Patient:
    """Draw a patient of a given type."""
    dice = Dice(seed, 10_000_000 + number)
    zone = ZONE_SHIFT[kind] + sum(dice.below(_DIE_SIDES) for _ in range(ZONE_DICE))
    slit = SLIT_SHIFT[kind] + sum(dice.below(_DIE_SIDES) for _ in range(SLIT_DICE))
    return Patient(number, kind, zone, slit)


def ceiling(shares: Sequence[float] = SHARES) -> tuple[float, float]:
    """Best accuracy and log-loss (nats) that zone and slit allow, by counting cases.

    Args:
        shares: Shares of the types. Defaults to `SHARES`.
    """
    accuracy = loss = 0.0
    for zone, slit in product(range(_LARGEST_ZONE + 1), range(_LARGEST_SLIT + 1)):
        joint = [
            share
            * _dice_share(ZONE_DICE, zone - ZONE_SHIFT[kind])
            * _dice_share(SLIT_DICE, slit - SLIT_SHIFT[kind])
            for kind, share in enumerate(shares)
        ]
        accuracy += max(joint)
        loss -= sum(part * log(part / sum(joint)) for part in joint if part)
    return accuracy, loss


def draw(seed: int, who: Patient, picture: int) -> NDArray[np.uint8]:
    """Draw one picture of a patient.

    Args:
        seed: Of the whole data set.
        who: The patient.
        picture: Which of the patient's pictures.

    Returns:
        Pixels uint8 [height, width, 3].
    """
    dice = Dice(seed, who.number * 16 + picture)
    width, height = LONG_SIDE, SHORT_SIDE
    if dice.happens(0.5):
        width, height = height, width
    red = dice.uniform(165, 205)
    canvas = Canvas(width, height, (red, 0.58 * red, 0.55 * red))
    canvas.shade(26 * canvas.clouds(dice, 3 + dice.below(4)), (1, 0.7, 0.7))
    stained = _draw_cervix(canvas, dice, who)
    _draw_highlights(canvas, dice)
    _draw_speculum(canvas, dice)
    _expose(canvas, dice, stained)
    return canvas.pixels()


def _draw_cervix(canvas: Canvas, dice: Dice, who: Patient) -> bool:
    # Fractions of the picture: 5th, 50th and 95th percentile of one volunteer's boxes.
    centre = (
        canvas.width * _between(dice, 0.34, 0.49, 0.63),
        canvas.height * _between(dice, 0.29, 0.46, 0.66),
    )
    radii = (
        canvas.width * _between(dice, 0.20, 0.33, 0.60) / 2 + 12,
        canvas.height * _between(dice, 0.20, 0.30, 0.52) / 2 + 12,
    )
    turn = dice.pick(TURNS)
    distance = canvas.distance(centre, radii, turn)
    wobble = 0.10 * canvas.clouds(dice, 5)
    body = clipped((1.0 - distance - 0.5 * wobble) * 9 + 0.5)
    pale = dice.uniform(195, 225)
    canvas.paint(body, (pale, 0.68 * pale, 0.66 * pale))
    # A small zone hides in the opening, a large one covers almost all.
    reach = 0.10 + 0.85 * who.zone / _LARGEST_ZONE
    zone = clipped((reach - distance - wobble) * 11 + 0.5)
    stained = dice.happens(IODINE_SHARE)
    if stained:
        # Iodine browns what is not the zone.
        canvas.paint(0.75 * (1.0 - zone) * body, (92, 50, 28))
        canvas.paint(0.6 * zone, (214, 160, 105))
    else:
        deep = dice.uniform(0.45, 0.75)
        canvas.paint(deep * zone, (178, 62, 60))
        canvas.shade(14 * zone * canvas.clouds(dice, 14), (1, 1, 1))
    opening = (
        max(2.0, radii[0] * (0.06 + 0.34 * who.slit / _LARGEST_SLIT)),
        max(1.6, radii[1] * 0.09),
    )
    canvas.paint(canvas.ellipse(centre, opening, turn), (62, 22, 26))
    return stained


def _draw_highlights(canvas: Canvas, dice: Dice) -> None:
    for _ in range(2 + dice.below(6)):
        place = (
            canvas.width * dice.uniform(0.25, 0.75),
            canvas.height * dice.uniform(0.2, 0.75),
        )
        radii = (dice.uniform(1.2, 6), dice.uniform(1.0, 3.5))
        canvas.paint(canvas.ellipse(place, radii, dice.pick(TURNS)), (250, 248, 246))


def _draw_speculum(canvas: Canvas, dice: Dice) -> None:
    """A bright rim of metal, and black around it."""
    if not dice.happens(0.8):
        return
    centre = (
        canvas.width * dice.uniform(0.44, 0.56),
        canvas.height * dice.uniform(0.44, 0.56),
    )
    across, down = dice.uniform(0.46, 0.66), dice.uniform(0.46, 0.66)
    distance = canvas.distance(centre, (canvas.width * across, canvas.height * down))
    metal = dice.uniform(120, 215)
    canvas.paint(clipped((distance - 0.92) * 18), (metal, metal, 1.04 * metal))
    canvas.paint(clipped((distance - 1.03) * 22), (10, 9, 10))


def _expose(canvas: Canvas, dice: Dice, stained: bool) -> None:
    if not stained and dice.happens(GREEN_SHARE / (1 - IODINE_SHARE)):
        canvas.scale((0.30, 0.92, 0.42))
    gain = dice.uniform(0.6, 1.2)
    hue = (dice.uniform(0.9, 1.1), dice.uniform(0.92, 1.08), dice.uniform(0.88, 1.12))
    canvas.scale([gain * part for part in hue])
    middle = (canvas.width * dice.uniform(0.3, 0.7), canvas.height * 0.5)
    falloff = canvas.distance(middle, (canvas.width, canvas.height))
    canvas.shade(-60 * dice.uniform() * falloff)
    canvas.blur(dice.below(5))
    canvas.noise(dice, dice.uniform(3, 14))


def _between(dice: Dice, low: float, middle: float, high: float) -> float:
    """Below the middle in half of the cases, as a median is."""
    return (
        dice.uniform(low, middle) if dice.happens(0.5) else dice.uniform(middle, high)
    )


def _dice_share(num_dice: int, total: int) -> float:
    """In which part of all throws the dice sum up to a total."""
    throws = list(product(range(_DIE_SIDES), repeat=num_dice))
    return sum(sum(throw) == total for throw in throws) / len(throws)


def kinds_in_order(seed: int, count: int) -> Iterator[int]:
    """The type of each of some patients: exact shares, in a shuffled order."""
    first = round(SHARES[0] * count)
    third = round(SHARES[2] * count)
    kinds = [0] * first + [2] * third + [1] * (count - first - third)
    yield from Dice(seed, 20_000_000).shuffled(kinds)
