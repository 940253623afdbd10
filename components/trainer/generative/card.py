# SPDX-License-Identifier: Apache-2.0
"""Purpose of a generator of images (GAN or VAE), for the model card."""

from typing import Final

from components.contracts.purpose import Purpose

PURPOSE: Final = Purpose(
    kind="A generator of images",
    use="It generates pictures like its training data from random latent vectors.",
    limits=(
        "A generated picture shows nothing that exists, kinds of pictures are not as "
        "frequent as in the data, and some pictures are not legible."
    ),
)
