# SPDX-License-Identifier: Apache-2.0
"""Perceptual hash (pHash) of a picture: signs of its lowest DCT coefficients.

Of the 256 bits, copies in another size, JPEG quality or brightness differ in a few,
unrelated pictures in about half. Only integer arithmetic is used, so that every machine
computes the same hash: the split of the data depends on it.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE: Final = 32
# Amplitude that noise of one grey level has in a coefficient; signs below it are noise.
_GREY_LEVEL: Final = 1024 * 1024 * SIDE // 2


def perceptual_hash(image: Image.Image) -> str:
    """Compute the perceptual hash of a picture as 64 hex digits."""
    small = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    basis = _dct_basis()
    coefficients = basis @ np.asarray(small, np.int64) @ basis.T
    # The first coefficient is the mean brightness, whose sign carries no information.
    coefficients[0, 0] = 0
    return np.packbits(coefficients > _GREY_LEVEL).tobytes().hex()


@cache
def _dct_basis() -> NDArray[np.int64]:
    """Lower half of the DCT basis, scaled by 1024: (SIDE / 2, SIDE)."""
    frequency = np.arange(SIDE // 2)[:, np.newaxis]
    position = 2 * np.arange(SIDE) + 1
    angle = np.pi * frequency * position / (2 * SIDE)
    return np.asarray(np.rint(1024 * np.cos(angle)), np.int64)
