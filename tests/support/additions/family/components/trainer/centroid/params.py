# SPDX-License-Identifier: Apache-2.0
"""Parameters of a nearest-centroid classifier."""

from dataclasses import dataclass

from components.core.checks import expect


@dataclass(frozen=True)
class Params:
    """Parameters of a nearest-centroid classifier."""

    sharpness: float = 1.0
    """Factor of the negative squared distances, whose softmax is the prediction."""

    def __post_init__(self) -> None:
        expect(self.sharpness > 0, "sharpness", "above 0", self.sharpness)
