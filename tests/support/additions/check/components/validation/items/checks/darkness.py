# SPDX-License-Identifier: Apache-2.0
"""Check on the darkness of images."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.validation.items.check import Expectation, ItemCheck, values_between


@dataclass(frozen=True)
class ImagesAreDark(ItemCheck):
    """No image is bright."""

    max_mean: float
    """Largest mean over the pixels of an image; pixel values are 0 to 255."""

    def wanted(self, classes: Sequence[str]) -> str:
        return f"mean at most {self.max_mean:g}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return values_between({"mean": (0.0, self.max_mean)})
