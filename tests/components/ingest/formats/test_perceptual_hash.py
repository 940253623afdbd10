# SPDX-License-Identifier: Apache-2.0
"""The hash of a picture is the same for ever: splits follow from it."""

import numpy as np
from PIL import Image

from components.ingest.formats.perceptual_hash import _dct_basis, perceptual_hash

PINNED = "1886dd59f657a4a8c7015d47b98f4a35ca2e19314ea121bb5b2040d1041d1320"


def test_basis_is_the_lower_half_of_the_cosine_transform() -> None:
    frequency, position = np.mgrid[:16, :32]
    exact = 1024 * np.cos(np.pi * frequency * (2 * position + 1) / 64)
    np.testing.assert_allclose(_dct_basis(), exact, atol=0.5)


def test_hash_is_pinned() -> None:
    # As large as the hash asks for, so that nothing is resized.
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32), np.uint8)
    assert perceptual_hash(Image.fromarray(pixels)) == PINNED
