# SPDX-License-Identifier: Apache-2.0
"""Purpose of a restricted Boltzmann machine of images, for the model card."""

from typing import Final

from components.contracts.purpose import Purpose

PURPOSE: Final = Purpose(
    kind="A density of binary images, a restricted Boltzmann machine",
    use=(
        "It tells how probable a black and white picture is among those it was "
        "trained on, up to a constant; it draws such pictures, and describes one by "
        "the probabilities of its hidden units."
    ),
    limits=(
        "Its chains change their subject slowly, so samples are not as varied as the "
        "data; free energies of two models cannot be compared; grey levels are lost."
    ),
)
