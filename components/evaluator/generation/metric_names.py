# SPDX-License-Identifier: Apache-2.0
"""Metrics of generated images: names and units; imports neither NumPy nor TensorFlow.

`test_` metrics are of the samples. The same metrics of real training images have the
prefix `real_`, those of uniform noise `noise_`: the two ends between which samples lie.
"""

from typing import Final

REAL: Final = "real_"
NOISE: Final = "noise_"
CONFIDENT: Final = 0.9

# Metrics of any set of images, without a prefix -> unit.
SET_UNITS: Final = {
    "frechet_distance": "squared units of the feature space",
    "frechet_share": "share of the Frechet distance of uniform noise",
    "kernel_distance": "squared MMD, cubic kernel, scale in the protocol",
    "precision": "share of these images inside the manifold of the test split",
    "recall": "share of the test split inside the manifold of these images",
    "density": "balls of the test split around one of these images, per neighbour",
    "coverage": "share of the test split's balls that hold one of these images",
    "confident_share": "share of these images with a class of probability 0.9 or more",
    "class_entropy": "nats, entropy of the shares of the predicted classes",
    "smallest_class_share": "share of these images, the rarest predicted class",
    "largest_class_share": "share of these images, the most frequent predicted class",
}
_SAMPLE_UNITS: Final = {
    "memorised_share": "share of samples nearer to a training image than 99 % of test",
    "nearest_train_ratio": "median distance to training images over that of test",
    "class_agreement": "share of images of a requested class classified as that class",
}
UNITS: Final = {
    **{f"test_{name}": unit for name, unit in (SET_UNITS | _SAMPLE_UNITS).items()},
    **{REAL + name: unit for name, unit in SET_UNITS.items()},
    **{NOISE + name: unit for name, unit in SET_UNITS.items()},
}
# Names that a gate may use.
METRIC_NAMES: Final = tuple(UNITS)
# Former name -> name.
RENAMED: Final = {
    former + name: prefix + name
    for former, prefix in (("floor_", REAL), ("ceiling_", NOISE))
    for name in SET_UNITS
}
