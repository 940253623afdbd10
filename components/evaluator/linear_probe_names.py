# SPDX-License-Identifier: Apache-2.0
"""Metrics of a linear probe: names and units; imports no TensorFlow."""

from typing import Final

# Training images that a probe is fitted to.
MOST_FITTED: Final = 10_000

CODE: Final = "test_linear_probe_accuracy"
PIXELS: Final = "baseline_linear_probe_accuracy_pixels"
COMPONENTS: Final = "baseline_linear_probe_accuracy_pca"

_SHARE: Final = (
    "share of images whose class a logistic regression tells, fitted to "
    f"{MOST_FITTED:,} training images at most, by"
)
# Metric -> unit.
PROBE_UNITS: Final = {
    CODE: f"{_SHARE} the code",
    PIXELS: f"{_SHARE} the pixels",
    COMPONENTS: f"{_SHARE} as many principal components as numbers per code",
}
