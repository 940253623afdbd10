# SPDX-License-Identifier: Apache-2.0
"""Purpose of a nearest-centroid classifier, for the model card."""

from typing import Final

from components.contracts.purpose import Purpose

PURPOSE: Final = Purpose(
    kind="A nearest-centroid classifier",
    use="It predicts the class whose mean image is nearest.",
    limits="It assigns every picture to a class.",
)
