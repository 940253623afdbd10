# SPDX-License-Identifier: Apache-2.0
"""The answer of a published model to one input, as `prodl predict` prints it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What the model gave for one input, or why it gave nothing."""

    text: str
    """A line for the user."""

    is_error: bool = False
    """Whether the input could not be read."""
