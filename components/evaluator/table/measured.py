# SPDX-License-Identifier: Apache-2.0
"""What is known of a model after its predictions, whatever it predicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from components.evaluator.metrics import Answers
from components.evaluator.table.comparison import Comparison
from components.evaluator.table.importance import LossOf
from components.evaluator.table.references import References
from components.evaluator.table.resampling import Estimate
from components.evaluator.table.slices import MeasureSlice


@dataclass(frozen=True)
class Invalid:
    """What is known of a model whose outputs are not what it should predict."""

    num_invalid: int
    """Examples with such outputs."""

    num_examples: int
    """Examples of the split under test."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Figures of a model of a table, and functions that measure it further."""

    num_examples: int
    """Examples of the split under test."""

    comparison: Comparison
    """The model beside its rivals."""

    values: Mapping[str, float]
    """Metric without the name of its split -> value."""

    loss: str
    """The metric by which model and rivals are compared; lower is better."""

    loss_unit: str
    """Unit of the loss."""

    first_examples: list[bytes]
    """The first examples, serialized."""

    first_outputs: Mapping[str, Any]
    """What `serving_default` returned for them."""

    loss_of: LossOf
    """Loss for serialized examples."""

    measure_slice: MeasureSlice
    """Figures of some of the rows."""

    compared: Sequence[str]
    """Metrics that rivals have too, the loss first."""

    answers: Answers
    """What the model answered, for metrics of the user's own."""

    facts: Mapping[str, Any]
    """Values for the page."""

    arrays: Mapping[str, NDArray[Any]]
    """Arrays for the page."""

    files: Mapping[str, bytes]
    """Files for the ModelEvaluation artifact."""


def named_values(figures: Mapping[str, Estimate]) -> dict[str, float]:
    """Name each figure and the ends of its interval."""
    values: dict[str, float] = {}
    for name, figure in figures.items():
        values |= {
            name: figure.value,
            f"{name}_low": figure.low,
            f"{name}_high": figure.high,
        }
    return values


def share_values(
    comparison: Comparison, loss: str, constant: str, references: References
) -> dict[str, float]:
    """Name the model's loss as a share of the constant's and of the best rival's.

    Args:
        comparison: The model beside its rivals.
        loss: The metric that they are compared by.
        constant: Name of the rival that predicts a constant.
        references: Where some rival could not be fitted, there is no best one.
    """
    shares = {f"{loss}_share_of_{constant}": constant}
    if not references.left_out:
        shares[f"{loss}_share_of_best_rival"] = comparison.best_rival(loss)
    return named_values(
        {
            name: comparison.shares[rival]
            for name, rival in shares.items()
            if rival in comparison.shares
        }
    )
