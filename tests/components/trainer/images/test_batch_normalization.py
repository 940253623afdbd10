# SPDX-License-Identifier: Apache-2.0
"""Fused batch normalization against that of Keras."""

import keras
import numpy as np

from components.trainer.images.batch_normalization import (
    MOMENTUM,
    FusedBatchNormalization,
)


def test_fused_normalization_equals_that_of_keras() -> None:
    fused = FusedBatchNormalization()
    plain = keras.layers.BatchNormalization(momentum=MOMENTUM)
    images = np.random.default_rng(0).normal(2.0, 3.0, (64, 7, 7, 5)).astype("float32")
    for training in (True, True, False):
        np.testing.assert_allclose(
            fused(images, training=training),
            plain(images, training=training),
            atol=1e-3,
        )
    for left, right in zip(fused.get_weights(), plain.get_weights(), strict=True):
        # The kernel's variance is that of a sample, Keras' that of a population.
        np.testing.assert_allclose(left, right, rtol=1e-3)
