# SPDX-License-Identifier: Apache-2.0
"""Purpose of a model of a table, for the model card."""

from typing import Final

from components.contracts.purpose import Purpose

PURPOSE: Final = Purpose(
    kind="A dense network on the rows of a table",
    use=(
        "It predicts the target of a row from the other columns, for rows like those "
        "of its training data."
    ),
    limits=(
        "It answers every row, also one whose values lie far outside of those that it "
        "was trained on; a category that it does not know counts as unknown."
    ),
)
