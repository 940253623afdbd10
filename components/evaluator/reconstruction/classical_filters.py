# SPDX-License-Identifier: Apache-2.0
"""What noise is fought with without a network: the rows that a denoiser must beat.

median         middle value of 3 x 3 pixels
local wiener   mean of 5 x 5 pixels, the further from it the more they differ
linear wiener  the best linear map from a noisy image to the clean one, fitted to the
               training split: it knows what digits look like, on average
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEDIAN: Final = "median"
LOCAL_WIENER: Final = "local_wiener"
LINEAR_WIENER: Final = "linear_wiener"
FILTERS: Final = (MEDIAN, LOCAL_WIENER, LINEAR_WIENER)
_MEDIAN_SIZE: Final = 3
_WIENER_SIZE: Final = 5
# Pixels of the margin never vary, and would leave the covariance without an inverse.
_RIDGE: Final = 1e-3


@dataclass(frozen=True)
class LinearFilter:
    """A linear map between images, around two means.

    Attributes:
        matrix: float (pixels, pixels).
        given: Mean of what comes in.
        wanted: Mean of what goes out.
    """

    matrix: "NDArray[Any]"
    given: "NDArray[Any]"
    wanted: "NDArray[Any]"

    def __call__(self, images: "NDArray[Any]") -> "NDArray[Any]":
        """Filter float images (n, height, width, channels)."""
        flat = images.reshape(len(images), -1)
        restored: NDArray[Any] = (flat - self.given) @ self.matrix + self.wanted
        return restored.reshape(images.shape)


def fit_linear_filter(
    pairs: Iterable[tuple["NDArray[Any]", "NDArray[Any]"]],
) -> LinearFilter:
    """Fit the linear map with the least squared error.

    Args:
        pairs: Noisy and clean float images of the training split, some thousand at a
            time; one or more.
    """
    import numpy as np

    count, given, wanted, within, across = 0, 0.0, 0.0, 0.0, 0.0
    for noisy, clean in pairs:
        left, right = (part.reshape(len(part), -1) for part in (noisy, clean))
        count += len(left)
        given, wanted = given + left.sum(axis=0), wanted + right.sum(axis=0)
        within, across = within + left.T @ left, across + left.T @ right
    given, wanted = given / count, wanted / count
    covariance = within / count - np.outer(given, given)
    ridge = _RIDGE * np.eye(len(covariance))
    matrix = np.linalg.solve(
        covariance + ridge, across / count - np.outer(given, wanted)
    )
    parts = (np.asarray(part, np.float32) for part in (matrix, given, wanted))
    return LinearFilter(*parts)


def apply_filters(
    noisy: "NDArray[Any]", linear: LinearFilter, noise_power: float | None
) -> Mapping[str, "NDArray[Any]"]:
    """What each filter makes of noisy images, brought to 0 to 1.

    Args:
        noisy: float (n, height, width, channels).
        linear: The fitted one.
        noise_power: Variance of the noise, if it is the same everywhere; None lets the
            local Wiener filter guess it.
    """
    restored = {
        MEDIAN: _median(noisy),
        LOCAL_WIENER: _local_wiener(noisy, noise_power),
        LINEAR_WIENER: linear(noisy),
    }
    return {name: images.clip(0.0, 1.0) for name, images in restored.items()}


def split_up(images: "NDArray[Any]", size: int) -> Iterator["NDArray[Any]"]:
    """Images a number at a time."""
    for start in range(0, len(images), size):
        yield images[start : start + size]


def _median(images: "NDArray[Any]") -> "NDArray[Any]":
    from scipy.ndimage import median_filter

    window = (1, _MEDIAN_SIZE, _MEDIAN_SIZE, 1)
    filtered: NDArray[Any] = median_filter(images, size=window)
    return filtered


def _local_wiener(images: "NDArray[Any]", power: float | None) -> "NDArray[Any]":
    import numpy as np
    from scipy.signal import wiener

    window = (_WIENER_SIZE, _WIENER_SIZE, 1)
    # A window without any variance is divided by zero, and then not used.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([wiener(image, window, power) for image in images])
