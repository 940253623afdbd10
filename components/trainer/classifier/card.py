# SPDX-License-Identifier: Apache-2.0
"""Purpose of an image classifier, for the model card."""

from typing import Final

from components.contracts.purpose import Purpose

PURPOSE: Final = Purpose(
    kind="A classifier of images",
    use=(
        "It predicts which of the classes above a picture shows, for pictures like its "
        "training data."
    ),
    limits=(
        "It assigns every picture to one of these classes, also a picture that shows "
        "none of them."
    ),
)
