# SPDX-License-Identifier: Apache-2.0
"""Purpose of a memorised passage, for the model card."""

from typing import Final

from components.contracts.purpose import Purpose

PURPOSE: Final = Purpose(
    kind="A passage learnt by heart",
    use="It shows the result of the book's experiment: it reproduces the passage.",
    limits="It is no language model: its predictions for any other text mean nothing.",
)
