# SPDX-License-Identifier: Apache-2.0
"""Names of binarisations, likelihoods and noises, in settings, metrics and provenance.

They stand apart from `components.images`, which applies them with TensorFlow, because
settings and metric names are read without it.
"""

from typing import Final, Literal, get_args

Binarisation = Literal["stochastic", "threshold", "grey"]
BINARISATIONS: Final[tuple[Binarisation, ...]] = get_args(Binarisation)

# Of grey pixels; `bernoulli` is that of pixels under one of the rules above.
GreyLikelihood = Literal["gaussian", "l1"]
GREY_LIKELIHOODS: Final[tuple[GreyLikelihood, ...]] = get_args(GreyLikelihood)
Likelihood = Literal["bernoulli", "gaussian", "l1"]

Noise = Literal["gaussian", "salt_pepper", "blur"]
NOISES: Final[tuple[Noise, ...]] = get_args(Noise)
