# SPDX-License-Identifier: Apache-2.0
"""Outputs of a pushed model are compared with the recorded ones up to rounding."""

import numpy as np
import pytest

from components.pusher.replay import _gap

ROWS = np.array([[0.25, 0.75], [0.5, 0.5]], np.float32)


@pytest.mark.parametrize(
    ("recorded", "received", "gap"),
    [
        (ROWS, ROWS, ""),
        (ROWS, ROWS + np.float32(5e-5), ""),
        (ROWS, ROWS + np.float32(2e-4), "numbers that differ by 0.0002"),
        # Relative to the largest number expected.
        (1000 * ROWS, 1000 * ROWS + np.float32(0.05), ""),
        (ROWS, ROWS[:, :1], "shape (2, 1), recorded was (2, 2)"),
        (ROWS, ROWS * np.nan, "numbers that are not finite"),
        (np.array([b"a"], object), np.array([b"b"], object), "another text"),
        (np.uint8([7]), np.uint8([8]), ""),
        (np.uint8([7]), np.uint8([9]), "numbers that differ by 2"),
    ],
)
def test_difference_beyond_rounding_is_told(
    recorded: np.ndarray, received: np.ndarray, gap: str
) -> None:
    assert _gap(recorded, received) == gap
