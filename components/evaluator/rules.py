# SPDX-License-Identifier: Apache-2.0
"""The rules of a gate, as params.yaml states them.

In params.yaml a gate maps metrics to limits:

    gate:
      test_accuracy: {min: 0.994, not_worse_by: 0.001}
      test_log_loss: {max: 0.03}

`min` and `max` are absolute. `not_worse_by` compares with the published model on the
same examples: 0.001 allows a loss of 0.001, 0 allows none. Which way is worse follows
from the limit beside it: with `min` higher is better, with `max` lower is better. With
neither or both, `higher_is_better` must say it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from components.core.errors import UsageError
from components.core.records import read_record, unknown_name

# In a list of known metrics it stands for the name of any class.
_CLASS_MARK = "<class>"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What params.yaml says about one metric."""

    min: float | None = None
    """Smallest value allowed."""

    max: float | None = None
    """Largest value allowed."""

    not_worse_by: float | None = None
    """Largest loss allowed against the published model, 0 or more."""

    higher_is_better: bool | None = None
    """Which way is better; needed where `min` and `max` leave it open."""

    def __post_init__(self) -> None:
        limits = (self.min, self.max, self.not_worse_by)
        given = [limit for limit in limits if limit is not None]
        if not given or not all(map(math.isfinite, given)):
            raise ValueError(
                "expected one or more of min, max and not_worse_by, each a finite "
                f"number.\nReceived {_shown(self)}."
            )
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min must not be above max.\nReceived {_shown(self)}.")
        self._check_comparison()

    def _check_comparison(self) -> None:
        if self.not_worse_by is None:
            if self.higher_is_better is not None:
                raise ValueError(
                    "higher_is_better is for not_worse_by only.\n"
                    f"Received {_shown(self)}."
                )
            return
        if self.not_worse_by < 0:
            raise ValueError(
                f"not_worse_by must be 0 or more.\nReceived {self.not_worse_by}."
            )
        if self.higher_is_better is None and (self.min is None) == (self.max is None):
            raise ValueError(
                "not_worse_by beside exactly one of min and max, or with "
                "higher_is_better: true or false, says which way is worse.\n"
                f"Received {_shown(self)}."
            )


@dataclass(frozen=True, kw_only=True)
class Rule(Limits):
    """The limits of one metric, with its name."""

    metric: str
    """Name of the metric."""

    @property
    def higher_wins(self) -> bool:
        """Which way is better, said or inferred."""
        if self.higher_is_better is None:
            return self.min is not None
        return self.higher_is_better


def read_rules(
    gate: Mapping[str, object], where: str, known: Iterable[str] = ()
) -> tuple[Rule, ...]:
    """Read a gate.

    Args:
        gate: Metric -> limits, as params.yaml has it.
        where: Where it stands, for messages.
        known: Names that a gate may use; `<class>` at the end of one stands for any
            class. Defaults to none, which allows every name.

    Raises:
        UsageError: If the gate is empty, a metric or a key is unknown (the nearest
            valid one is named), or a limit cannot be right.
    """
    if not isinstance(gate, Mapping) or not gate:
        raise UsageError(
            f"{where}: expected one metric or more with its limits; without any, every "
            f"model would be pushed.\nReceived {gate!r}."
        )
    names = list(known)
    for metric in gate:
        if names and not _is_known(str(metric), names):
            raise UsageError(
                unknown_name(str(metric), names, f"{where}: unknown metric")
            )
    return tuple(
        Rule(
            metric=str(metric),
            **asdict(read_record(Limits, received, f"{where}.{metric}")),
        )
        for metric, received in gate.items()
    )


def _is_known(metric: str, known: Iterable[str]) -> bool:
    for name in known:
        stem, mark, _ = name.partition(_CLASS_MARK)
        if metric == name or (mark and metric.startswith(stem) and metric != stem):
            return True
    return False


def _shown(limits: Limits) -> str:
    given = {f.name: getattr(limits, f.name) for f in fields(limits)}
    return str({name: value for name, value in given.items() if value is not None})
