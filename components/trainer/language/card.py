# SPDX-License-Identifier: Apache-2.0
"""Purpose of a language model, for the model card."""

from typing import Final

from components.contracts.purpose import Purpose

PURPOSE: Final = Purpose(
    kind="A language model of words",
    use="It continues a text word by word, and gives the probability of each word.",
    limits=(
        "It has learned the words of its training text and no facts: its output is "
        "neither true nor advice."
    ),
)
