# SPDX-License-Identifier: Apache-2.0
"""Names of binarisations and noises, as params.yaml, metrics and provenance use them.

They stand apart from `components.images`, which applies them with TensorFlow, because
settings and metric names are read without it.
"""

from typing import Final, Literal, get_args

Binarisation = Literal["stochastic", "threshold", "grey"]
BINARISATIONS: Final[tuple[Binarisation, ...]] = get_args(Binarisation)

Noise = Literal["gaussian", "salt_pepper", "blur"]
NOISES: Final[tuple[Noise, ...]] = get_args(Noise)
