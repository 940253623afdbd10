# SPDX-License-Identifier: Apache-2.0
"""Whitening of images: no correlation between numbers, and a variance of one.

pca   the components of the training split, the largest variance first
zca   turned back to pixels, so that the result looks like the image

The mean image is subtracted, then the centred pixels are multiplied by U D^-1/2 (PCA)
or U D^-1/2 U^T (ZCA) of the covariance U D U^T. Pixels of the margin never vary, and
few components do by much, so a small number is added to each variance: without it,
images of another split get values of thousands.

Mean and matrix are computed once, when Transform analyses the training split, and are
constants of the exported graph: `tft.covariance` would put the eigendecomposition into
it, to be repeated for every request.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import apache_beam as beam
import numpy as np
import tensorflow as tf
import tensorflow_transform as tft
from numpy.typing import NDArray

Kind = Literal["pca", "zca"]

# Added to each variance, of pixels from 0 to 1.
EPSILON: Final = 0.01


@dataclass(frozen=True)
class Moments:
    """Sums over images, from which mean and covariance follow."""

    count: int
    """Images."""

    total: NDArray[np.float64]
    """Sum of the images (pixels,)."""

    products: NDArray[np.float64]
    """Sum of the products of their pixels (pixels, pixels)."""


def whiten(pixels: tf.Tensor, kind: Kind) -> tf.Tensor:
    """Whiten images within a preprocessing function.

    Args:
        pixels: float32 (n, height, width, channels), all but n static.
        kind: `pca` or `zca`.

    Returns:
        float32 of the same shape; of `pca`, the components in reading order.
    """
    shape = tuple(pixels.shape[1:])
    size = math.prod(shape)
    flat = tf.reshape(pixels, [-1, size])
    mean, matrix = tft.experimental.ptransform_analyzer(
        inputs=[flat],
        ptransform=_FitWhitening(kind),
        output_dtypes=[tf.float32, tf.float32],
        output_shapes=[[size], [size, size]],
        name="whitening",
    )
    return tf.reshape((flat - mean) @ matrix, [-1, *shape])


def whitening_matrix(moments: Moments, kind: Kind) -> NDArray[np.float64]:
    """Compute the matrix by which centred pixels are multiplied.

    Args:
        moments: Of the training split.
        kind: `pca` or `zca`.
    """
    mean = moments.total / moments.count
    covariance = moments.products / moments.count - np.outer(mean, mean)
    variances, directions = np.linalg.eigh(covariance)
    # Falling; those of constant pixels may be negative by rounding.
    variances, directions = variances[::-1].clip(min=0), directions[:, ::-1]
    # The sign of a direction is arbitrary, and processors choose differently.
    largest = np.abs(directions).argmax(axis=0)
    directions *= np.sign(directions[largest, np.arange(len(variances))])
    scaled: NDArray[np.float64] = directions / np.sqrt(variances + EPSILON)
    return scaled if kind == "pca" else scaled @ directions.T


class SumMoments(beam.CombineFn):
    """Sum of `Moments` over batches of flat images (n, pixels)."""

    def create_accumulator(self) -> Moments | None:
        """Start with nothing: the number of pixels is not known yet."""
        return None

    def add_input(
        self, accumulator: Moments | None, batch: tuple[NDArray[np.float32]]
    ) -> Moments | None:
        """Add a batch."""
        images = batch[0].astype(np.float64)
        added = Moments(len(images), images.sum(axis=0), images.T @ images)
        return self.merge_accumulators([accumulator, added])

    def merge_accumulators(
        self, accumulators: Iterable[Moments | None]
    ) -> Moments | None:
        """Add the sums of several parts of the split."""
        parts = [part for part in accumulators if part is not None]
        if not parts:
            return None
        return Moments(
            count=sum(part.count for part in parts),
            total=np.sum([part.total for part in parts], axis=0),
            products=np.sum([part.products for part in parts], axis=0),
        )

    def extract_output(self, accumulator: Moments | None) -> Moments | None:
        """Return the sums."""
        return accumulator


class _FitWhitening(beam.PTransform):
    """From batches of flat images to their mean and their whitening matrix."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self._kind = kind

    def expand(self, batches: beam.PCollection) -> tuple[beam.PCollection, ...]:
        """Build the Beam pipeline."""
        outputs = (
            batches
            | "SumMoments" >> beam.CombineGlobally(SumMoments())
            | "Solve" >> beam.FlatMap(_solve, self._kind).with_outputs("mean", "matrix")
        )
        return outputs.mean, outputs.matrix


def _solve(moments: Moments, kind: Kind) -> Iterator[Any]:
    mean = (moments.total / moments.count).astype(np.float32)
    matrix = whitening_matrix(moments, kind).astype(np.float32)
    yield beam.pvalue.TaggedOutput("mean", mean)
    yield beam.pvalue.TaggedOutput("matrix", matrix)
