# SPDX-License-Identifier: Apache-2.0
"""A model beside its rivals: figures of each, and what the model gains, in pairs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.evaluator.table.resampling import Estimate, Statistic, estimate
from components.evaluator.table.rivals import Rival

# Name of the model under test among the statistics.
MODEL = "model"


@dataclass(frozen=True)
class Comparison:
    """Figures of a model and of its rivals for the same examples."""

    model: Mapping[str, Estimate]
    """Metric -> figure of the model."""

    rivals: Mapping[str, Mapping[str, Estimate]]
    """Rival -> metric -> its figure."""

    gains: Mapping[str, Estimate]
    """Rival -> its loss less the model's: above zero the model is better."""

    shares: Mapping[str, Estimate]
    """Rival -> the model's loss as a share of the rival's: below 1 the model is
    better."""

    def best_rival(self, metric: str) -> str:
        """Name of the rival whose figure is lowest."""
        return min(self.rivals, key=lambda name: self.rivals[name][metric].value)

    def facts(self, rivals: Sequence[Rival], metrics: Sequence[str]) -> dict[str, Any]:
        """Return the rows of a table, as values that JSON can hold.

        Args:
            rivals: The rivals.
            metrics: Metrics to show.
        """
        rows = [{"name": MODEL, "description": "", **_shown(self.model, metrics)}]
        rows += [
            {
                "name": rival.name,
                "description": rival.description,
                "gain": asdict(self.gains[rival.name]),
                **_shown(self.rivals[rival.name], metrics),
            }
            for rival in rivals
        ]
        return {"metrics": list(metrics), "rows": rows}


def compare(
    outputs: Any,
    rivals: Sequence[Rival],
    statistics_of: Callable[[Any], Mapping[str, Statistic]],
    loss: str,
    count: int,
) -> Comparison:
    """Measure a model and its rivals on the same bootstrap draws.

    Args:
        outputs: What the model gave for the examples.
        rivals: The rivals, with their outputs of the same kind.
        statistics_of: Statistics of such outputs, by metric.
        loss: The metric that model and rivals are compared by; lower is better.
        count: Number of examples.
    """
    own = statistics_of(outputs)
    of_rivals = {rival.name: statistics_of(rival.outputs) for rival in rivals}
    statistics: dict[str, Statistic] = {f"{MODEL} {k}": f for k, f in own.items()}
    for name, theirs in of_rivals.items():
        statistics |= {f"{name} {k}": f for k, f in theirs.items()}
        statistics[f"{name} gain"] = _difference(theirs[loss], own[loss])
        statistics[f"{name} share"] = _ratio(own[loss], theirs[loss])
    found = estimate(statistics, count)
    return Comparison(
        model=_of(found, MODEL, own),
        rivals={name: _of(found, name, own) for name in of_rivals},
        gains={name: found[f"{name} gain"] for name in of_rivals},
        shares={
            name: found[key] for name in of_rivals if (key := f"{name} share") in found
        },
    )


def _of(
    found: Mapping[str, Estimate], name: str, metrics: Mapping[str, Any]
) -> dict[str, Estimate]:
    return {m: found[key] for m in metrics if (key := f"{name} {m}") in found}


def _difference(left: Statistic, right: Statistic) -> Statistic:
    return lambda weights: left(weights) - right(weights)


def _ratio(above: Statistic, below: Statistic) -> Statistic:
    def ratio(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        divisor = below(weights)
        empty = np.full_like(divisor, np.nan)
        return np.divide(above(weights), divisor, out=empty, where=divisor > 0)

    return ratio


def _shown(figures: Mapping[str, Estimate], metrics: Sequence[str]) -> dict[str, Any]:
    return {m: asdict(figures[m]) if m in figures else None for m in metrics}
