# SPDX-License-Identifier: Apache-2.0
"""What an autoencoder is measured against: clean and noisy images, and what is simpler.

Everything here is the same for candidate and baseline, and is made once for both.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

from components.evaluator.images import read_split, to_pixels
from components.evaluator.reconstruction.classical_filters import (
    apply_filters,
    fit_linear_filter,
    split_up,
)
from components.images.noise import GAUSSIAN_VARIANCE, NOISES, Noise, corrupt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.evaluator.examples import ExampleSplit

ERROR_UNIT: Final = "squared difference per pixel, black to white being 1"
PSNR_UNIT: Final = "dB, of the squared error over all pixels of all images"
NOISE_SEED: Final = 1_000_000
_FIT_SEED: Final = 2_000_000
_FIT_AT_ONCE: Final = 5000
_LEAST_ERROR: Final = 1e-10  # 100 dB, for a perfect copy


@dataclass(frozen=True)
class PrincipalComponents:
    """Mean image and directions of a split, the most important direction first.

    Attributes:
        mean: float (pixels,).
        directions: float (pixels, components).
    """

    mean: "NDArray[Any]"
    directions: "NDArray[Any]"

    def reconstruct(self, images: "NDArray[Any]", size: int) -> "NDArray[Any]":
        """Give images back from that many components, brought to 0 to 1."""
        kept = self.directions[:, :size]
        flat = images.reshape(len(images), -1) - self.mean
        restored: NDArray[Any] = (flat @ kept) @ kept.T + self.mean
        return restored.reshape(images.shape).clip(0.0, 1.0)


@dataclass(frozen=True)
class Surroundings:
    """The images of two splits, in uint8, and what simple means make of them.

    Attributes:
        images: uint8 images of the split to judge on.
        labels: Class name of each.
        train: uint8 images of the training split.
    """

    images: "NDArray[Any]"
    labels: "NDArray[Any]"
    train: "NDArray[Any]"

    @cached_property
    def pixels(self) -> "NDArray[Any]":
        """The images as floats from 0 to 1."""
        return to_pixels(self.images)

    @cached_property
    def components(self) -> PrincipalComponents:
        """Of the training split."""
        import numpy as np

        size = self.train[0].size
        total, products = np.zeros(size), np.zeros((size, size))
        for batch in split_up(self.train, _FIT_AT_ONCE):
            flat = to_pixels(batch).reshape(len(batch), -1)
            total += flat.sum(axis=0)
            products += flat.T @ flat
        mean = total / len(self.train)
        covariance = products / len(self.train) - np.outer(mean, mean)
        directions = np.linalg.eigh(covariance)[1][:, ::-1]
        return PrincipalComponents(
            mean.astype(np.float32), directions.astype(np.float32)
        )

    def errors_by_class(self, restored: "NDArray[Any]") -> dict[str, float]:
        """Squared error of each class, by its name."""
        import numpy as np

        found = {}
        for name in np.unique(self.labels):
            chosen = self.labels == name
            found[str(name)] = squared_error(restored[chosen], self.pixels[chosen])
        return found

    @property
    def mean_error(self) -> float:
        """Squared error of whoever answers with the mean training image."""
        mean = self.components.mean.reshape(self.images.shape[1:])
        return squared_error(mean, self.pixels)

    @cached_property
    def noisy(self) -> "dict[Noise, NDArray[Any]]":
        """The images with each noise, as floats beyond 0 and 1 too."""
        return {noise: _corrupt(self.pixels, noise, NOISE_SEED) for noise in NOISES}

    @cached_property
    def filtered(self) -> "dict[Noise, dict[str, NDArray[Any]]]":
        """Noise -> filter -> what it makes of the noisy images."""
        return {noise: self._filtered(noise) for noise in NOISES}

    def _filtered(self, noise: Noise) -> "dict[str, NDArray[Any]]":
        clean = [to_pixels(batch) for batch in split_up(self.train, _FIT_AT_ONCE)]
        seeds = range(_FIT_SEED, _FIT_SEED + len(clean))
        noisy = (_corrupt(b, noise, s) for b, s in zip(clean, seeds, strict=True))
        linear = fit_linear_filter(zip(noisy, clean, strict=True))
        power = GAUSSIAN_VARIANCE if noise == "gaussian" else None
        return dict(apply_filters(self.noisy[noise], linear, power))


# One split at a time: its images would stay in memory.
@lru_cache(maxsize=1)
def survey(examples: "ExampleSplit") -> Surroundings:
    """Read a split and the training split beside it."""
    import numpy as np

    batches = list(examples.batches())
    return Surroundings(
        images=np.concatenate([examples.pixels(b.serialized) for b in batches]),
        labels=np.concatenate([np.array(batch.labels) for batch in batches]),
        train=read_split(examples.sibling("train")),
    )


def squared_error(restored: "NDArray[Any]", clean: "NDArray[Any]") -> float:
    """Mean over all pixels of all images."""
    import numpy as np

    return float(np.square(restored - clean).mean(dtype=np.float64))


def psnr(error: float) -> float:
    """Peak signal-to-noise ratio of a mean squared error, in dB; white is 1."""
    return -10.0 * math.log10(max(error, _LEAST_ERROR))


def _corrupt(pixels: "NDArray[Any]", noise: Noise, seed: int) -> "NDArray[Any]":
    noisy: NDArray[Any] = corrupt(pixels, [noise], [seed, NOISES.index(noise)]).numpy()
    return noisy
