# SPDX-License-Identifier: Apache-2.0
"""Random perceptual hashes at known Hamming distances, as bits (n, 256)."""

import numpy as np


def random_bits(num: int, seed: int = 0) -> np.ndarray:
    """Draw random hashes, uint8 (n, 256)."""
    return np.random.default_rng(seed).integers(0, 2, (num, 256)).astype(np.uint8)


def flip_bits(row: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Flip `count` random bits of one hash, (256,)."""
    changed = row.copy()
    changed[np.random.default_rng(seed).permutation(256)[:count]] ^= 1
    return changed


def to_hex(bits: np.ndarray) -> list[str]:
    """Convert hashes, uint8 (n, 256), to hex digits."""
    return [np.packbits(row).tobytes().hex() for row in bits]
