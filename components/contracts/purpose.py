# SPDX-License-Identifier: Apache-2.0
"""The purpose of a model family, for the model card."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Purpose:
    """Use and limits of the models of one family."""

    kind: str
    """The kind of model, as in `A classifier of images`."""

    use: str
    """Its use, in a sentence."""

    limits: str
    """Its limits by nature, in a sentence."""
