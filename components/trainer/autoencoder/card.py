# SPDX-License-Identifier: Apache-2.0
"""Purpose of an autoencoder, for the model card."""

from typing import Final

from components.contracts.purpose import Purpose

PURPOSE: Final = Purpose(
    kind="An autoencoder of images",
    use=(
        "It reconstructs pictures like its training data, from a code or from noisy "
        "pictures."
    ),
    limits="It reconstructs other pictures as if they were like its training data.",
)
