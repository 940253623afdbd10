# SPDX-License-Identifier: Apache-2.0
"""Synthetic stand-ins for cervix photographs, without any medical meaning.

The three types differ in the extent of the red zone around the opening (`zone`) and in
the width of the opening (`slit`). Both are sums of dice whose distributions overlap
between types. Hence even an optimal classifier errs; `ceiling()` computes its accuracy
and log-loss. All else is independent of the type: position, size and rotation of the
cervix, light, hue, the rim of the speculum before a black background, highlights, blur,
noise, and a green filter or an iodine stain in some pictures. A patient has one type,
zone and slit, and up to four pictures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.ingest.synthetic.canvas import TURNS, Canvas, clipped
from components.ingest.synthetic.random_stream import RandomStream

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
    """The properties that all pictures of a patient share."""

    number: int
    """Number of the patient."""

    kind: int
    """Index of the type."""

    zone: int
    """Extent of the red zone, in steps."""

    slit: int
    """Width of the opening, in steps."""


def draw_patient(seed: int, number: int, kind: int) -> Patient:
    """Draw the properties of a patient of a given type."""
    stream = RandomStream(seed, 10_000_000 + number)
    zone = ZONE_SHIFT[kind] + sum(stream.integer(_DIE_SIDES) for _ in range(ZONE_DICE))
    slit = SLIT_SHIFT[kind] + sum(stream.integer(_DIE_SIDES) for _ in range(SLIT_DICE))
    return Patient(number, kind, zone, slit)


def ceiling(shares: Sequence[float] = SHARES) -> tuple[float, float]:
    """Accuracy and log-loss (nats) of the Bayes-optimal classifier, by enumeration.

    Args:
        shares: Shares of the types. Defaults to `SHARES`.
    """
    accuracy = loss = 0.0
    for zone, slit in product(range(_LARGEST_ZONE + 1), range(_LARGEST_SLIT + 1)):
        joint = [
            share
            * _dice_probability(ZONE_DICE, zone - ZONE_SHIFT[kind])
            * _dice_probability(SLIT_DICE, slit - SLIT_SHIFT[kind])
            for kind, share in enumerate(shares)
        ]
        accuracy += max(joint)
        loss -= sum(part * log(part / sum(joint)) for part in joint if part)
    return accuracy, loss


def draw(seed: int, patient: Patient, picture: int) -> NDArray[np.uint8]:
    """Draw one picture of a patient.

    Args:
        seed: Seed of the whole data set.
        patient: The patient.
        picture: Number of the picture among the patient's.

    Returns:
        Pixels uint8 (height, width, 3).
    """
    stream = RandomStream(seed, patient.number * 16 + picture)
    width, height = LONG_SIDE, SHORT_SIDE
    if stream.bernoulli(0.5):
        width, height = height, width
    red = stream.uniform(165, 205)
    canvas = Canvas(width, height, (red, 0.58 * red, 0.55 * red))
    canvas.shade(26 * canvas.clouds(stream, 3 + stream.integer(4)), (1, 0.7, 0.7))
    stained = _draw_cervix(canvas, stream, patient)
    _draw_highlights(canvas, stream)
    _draw_speculum(canvas, stream)
    _expose(canvas, stream, stained)
    return canvas.pixels()


def _draw_cervix(canvas: Canvas, stream: RandomStream, patient: Patient) -> bool:
    # Fractions of the picture: 5th, 50th and 95th percentile of one volunteer's boxes.
    centre = (
        canvas.width * _between(stream, 0.34, 0.49, 0.63),
        canvas.height * _between(stream, 0.29, 0.46, 0.66),
    )
    radii = (
        canvas.width * _between(stream, 0.20, 0.33, 0.60) / 2 + 12,
        canvas.height * _between(stream, 0.20, 0.30, 0.52) / 2 + 12,
    )
    turn = stream.choose(TURNS)
    distance = canvas.distance(centre, radii, turn)
    wobble = 0.10 * canvas.clouds(stream, 5)
    body = clipped((1.0 - distance - 0.5 * wobble) * 9 + 0.5)
    pale = stream.uniform(195, 225)
    canvas.paint(body, (pale, 0.68 * pale, 0.66 * pale))
    # A small zone hides in the opening, a large one covers almost all.
    reach = 0.10 + 0.85 * patient.zone / _LARGEST_ZONE
    zone = clipped((reach - distance - wobble) * 11 + 0.5)
    stained = stream.bernoulli(IODINE_SHARE)
    if stained:
        # Iodine browns what is not the zone.
        canvas.paint(0.75 * (1.0 - zone) * body, (92, 50, 28))
        canvas.paint(0.6 * zone, (214, 160, 105))
    else:
        deep = stream.uniform(0.45, 0.75)
        canvas.paint(deep * zone, (178, 62, 60))
        canvas.shade(14 * zone * canvas.clouds(stream, 14), (1, 1, 1))
    opening = (
        max(2.0, radii[0] * (0.06 + 0.34 * patient.slit / _LARGEST_SLIT)),
        max(1.6, radii[1] * 0.09),
    )
    canvas.paint(canvas.ellipse(centre, opening, turn), (62, 22, 26))
    return stained


def _draw_highlights(canvas: Canvas, stream: RandomStream) -> None:
    for _ in range(2 + stream.integer(6)):
        centre = (
            canvas.width * stream.uniform(0.25, 0.75),
            canvas.height * stream.uniform(0.2, 0.75),
        )
        radii = (stream.uniform(1.2, 6), stream.uniform(1.0, 3.5))
        canvas.paint(
            canvas.ellipse(centre, radii, stream.choose(TURNS)), (250, 248, 246)
        )


def _draw_speculum(canvas: Canvas, stream: RandomStream) -> None:
    """Draw a bright rim of metal with black around it."""
    if not stream.bernoulli(0.8):
        return
    centre = (
        canvas.width * stream.uniform(0.44, 0.56),
        canvas.height * stream.uniform(0.44, 0.56),
    )
    across, down = stream.uniform(0.46, 0.66), stream.uniform(0.46, 0.66)
    distance = canvas.distance(centre, (canvas.width * across, canvas.height * down))
    metal = stream.uniform(120, 215)
    canvas.paint(clipped((distance - 0.92) * 18), (metal, metal, 1.04 * metal))
    canvas.paint(clipped((distance - 1.03) * 22), (10, 9, 10))


def _expose(canvas: Canvas, stream: RandomStream, stained: bool) -> None:
    if not stained and stream.bernoulli(GREEN_SHARE / (1 - IODINE_SHARE)):
        canvas.scale((0.30, 0.92, 0.42))
    gain = stream.uniform(0.6, 1.2)
    hue = (
        stream.uniform(0.9, 1.1),
        stream.uniform(0.92, 1.08),
        stream.uniform(0.88, 1.12),
    )
    canvas.scale([gain * part for part in hue])
    middle = (canvas.width * stream.uniform(0.3, 0.7), canvas.height * 0.5)
    falloff = canvas.distance(middle, (canvas.width, canvas.height))
    canvas.shade(-60 * stream.uniform() * falloff)
    canvas.blur(stream.integer(5))
    canvas.noise(stream, stream.uniform(3, 14))


def _between(stream: RandomStream, low: float, middle: float, high: float) -> float:
    """Draw a number between `low` and `high` whose median is `middle`."""
    return (
        stream.uniform(low, middle)
        if stream.bernoulli(0.5)
        else stream.uniform(middle, high)
    )


def _dice_probability(num_dice: int, total: int) -> float:
    """Probability that the dice sum to a total."""
    throws = list(product(range(_DIE_SIDES), repeat=num_dice))
    return sum(sum(throw) == total for throw in throws) / len(throws)


def kinds_in_order(seed: int, count: int) -> Iterator[int]:
    """Yield the types of patients: exact shares, in a random order."""
    first = round(SHARES[0] * count)
    third = round(SHARES[2] * count)
    kinds = [0] * first + [2] * third + [1] * (count - first - third)
    yield from RandomStream(seed, 20_000_000).shuffled(kinds)
