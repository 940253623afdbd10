# SPDX-License-Identifier: Apache-2.0
"""Choices that the parameters of generative models have in common."""

from typing import Literal

LatentPrior = Literal["normal", "uniform"]
"""Distribution of each latent number: standard normal, or uniform on [-1, 1)."""
