# SPDX-License-Identifier: Apache-2.0
"""Purpose of a restricted Boltzmann machine of ratings, for the model card."""

from typing import Final

from components.contracts.purpose import Purpose

PURPOSE: Final = Purpose(
    kind="A restricted Boltzmann machine of ratings",
    use=(
        "It gives the probability of each rating that a user may give to an item from "
        "what the user rated before, and recommends items; a new user needs no new "
        "training."
    ),
    limits=(
        "It knows the items of its training alone, and only users who rate: what "
        "people did not choose to rate they may like less. It holds the ratings of its "
        "users, of training and validation."
    ),
)
