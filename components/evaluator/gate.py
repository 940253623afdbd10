# SPDX-License-Identifier: Apache-2.0
"""Model validation gate: a candidate's metrics against thresholds and a baseline.

In params.yaml a gate maps metrics to limits:

    gate:
      test_accuracy: {min: 0.994, not_worse_by: 0.001}
      test_log_loss: {max: 0.03}

`min` and `max` are absolute. `not_worse_by` compares with the published model on the
same examples: 0.001 allows a loss of 0.001, 0 allows none. Which way is worse follows
from the limit beside it: with `min` higher is better, with `max` lower is better. With
neither or both, `higher_is_better` is required. A key with dots is a gate of the user's
own: own_gates.py.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType
from typing import Final

from components.contracts.verdicts import GateCheck
from components.core.errors import ErrorList, UsageError
from components.core.records import read_record, unknown_name
from components.evaluator.own_gates import is_own_gate

# Stands for any class name in a list of known metrics.
CLASS_MARK: Final = "<class>"
# Room for the rounding of a difference of two floats, far below any real difference.
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one metric, as params.yaml has them."""

    min: float | None = None
    """Smallest value allowed."""

    max: float | None = None
    """Largest value allowed."""

    not_worse_by: float | None = None
    """Largest loss allowed against the published model, 0 or more."""

    higher_is_better: bool | None = None
    """Which way is better; required where `min` and `max` leave it open."""

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
class Threshold(Limits):
    """Limits of one metric, with its name."""

    metric: str
    """Name of the metric."""

    @property
    def higher_wins(self) -> bool:
        """Which way is better, given or inferred."""
        if self.higher_is_better is None:
            return self.min is not None
        return self.higher_is_better


def read_gate(
    gate: Mapping[str, object],
    where: str,
    known: Iterable[str] = (),
    renamed: Mapping[str, str] | None = None,
) -> tuple[Threshold, ...]:
    """Read the gate of a recipe.

    Args:
        gate: Metric -> limits, as params.yaml has it; import paths of own gates, which
            `read_own_gates` reads, are left out.
        where: Position in the file, for messages.
        known: Names that a gate may use; `<class>` at the end of one stands for any
            class. Defaults to none, which allows every name.
        renamed: Former name of a metric -> its name. Defaults to none.

    Raises:
        UsageError: If the gate is empty, a metric or a key is unknown (the nearest
            valid one is named), a metric has its former name, or a limit is invalid.
    """
    if not isinstance(gate, Mapping) or not gate:
        raise UsageError(
            f"{where}: expected one metric or more with its limits; without any, every "
            f"model would be pushed.\nReceived {gate!r}."
        )
    names, errors = list(known), ErrorList()
    thresholds: list[Threshold] = []
    for metric, received in gate.items():
        if is_own_gate(metric):
            continue
        with errors.collect():
            _check_name(str(metric), where, names, renamed or {})
            limits = read_record(Limits, received, f"{where}.{metric}")
            thresholds.append(Threshold(metric=str(metric), **asdict(limits)))
    errors.raise_any()
    return tuple(thresholds)


def _check_name(
    metric: str, where: str, known: Sequence[str], renamed: Mapping[str, str]
) -> None:
    if metric in renamed:
        raise UsageError(f"{where}: {metric!r} is called {renamed[metric]!r} now.")
    if known and not is_known_metric(metric, known):
        raise UsageError(unknown_name(metric, known, f"{where}: unknown metric"))


def check_gate(
    values: Mapping[str, float],
    baseline_values: Mapping[str, float] | None,
    gate: Sequence[Threshold],
    reasons: Mapping[str, str] = MappingProxyType({}),
) -> list[GateCheck]:
    """Compare metrics with the thresholds of a gate.

    A metric that is missing, or is not a finite number, fails every limit on it.
    Without a baseline `not_worse_by` passes, with a note.

    Args:
        values: Metrics of the candidate.
        baseline_values: Metrics of the published model on the same examples; None if
            nothing is published.
        gate: Thresholds.
        reasons: Metric -> why it was not measured. Defaults to none.

    Returns:
        One check per limit, in the order of the gate.
    """
    return [
        _with_reason(check, reasons)
        for threshold in gate
        for check in _checks(threshold, values.get(threshold.metric), baseline_values)
    ]


def _checks(
    threshold: Threshold,
    value: float | None,
    baseline_values: Mapping[str, float] | None,
) -> Iterator[GateCheck]:
    if (least := threshold.min) is not None:
        passed = value is not None and value >= least
        yield _check(threshold, "min", f"at least {least:g}", value, passed)
    if (most := threshold.max) is not None:
        passed = value is not None and value <= most
        yield _check(threshold, "max", f"at most {most:g}", value, passed)
    if threshold.not_worse_by is not None:
        yield _compare(threshold, value, baseline_values)


def _compare(
    threshold: Threshold,
    value: float | None,
    baseline_values: Mapping[str, float] | None,
) -> GateCheck:
    limit, kind = threshold.not_worse_by or 0.0, "not_worse_by"
    if baseline_values is None:
        wanted = f"not worse than the published model by more than {limit:g}"
        note = "Nothing is published to compare with."
        return _check(threshold, kind, wanted, value, value is not None, note=note)
    baseline = baseline_values.get(threshold.metric)
    if baseline is None or not math.isfinite(baseline):
        wanted = f"not worse than the published model by more than {limit:g}"
        note = "The published model has no such value: drop the limit, or replace it."
        return _check(threshold, kind, wanted, value, False, note=note)
    bound = baseline - limit if threshold.higher_wins else baseline + limit
    word = "at least" if threshold.higher_wins else "at most"
    wanted = f"{word} {bound:.6g} (published model: {baseline:.6g})"
    passed = (
        value is not None and _loss(threshold, value, baseline) <= limit + _ROUNDING
    )
    return _check(threshold, kind, wanted, value, passed, baseline)


def _loss(threshold: Threshold, value: float, baseline: float) -> float:
    return baseline - value if threshold.higher_wins else value - baseline


def _check(
    threshold: Threshold,
    kind: str,
    wanted: str,
    value: float | None,
    passed: bool,
    baseline: float | None = None,
    note: str = "",
) -> GateCheck:
    is_number = _is_number(value)
    return GateCheck(
        name=f"{threshold.metric}.{kind}",
        metric=threshold.metric,
        wanted=wanted,
        received=_worded(value),
        # NaN compares as false, but an infinite value could pass a one-sided limit.
        passed=passed and is_number,
        value=value if is_number else None,
        baseline=baseline,
        note=note,
    )


def _with_reason(check: GateCheck, reasons: Mapping[str, str]) -> GateCheck:
    reason = reasons.get(check.metric)
    return replace(check, received=f"{check.received}: {reason}") if reason else check


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _worded(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{value:.6g}" if math.isfinite(value) else "not a finite number"


def is_known_metric(metric: str, known: Iterable[str]) -> bool:
    """Whether a name of a metric is among the known ones.

    Args:
        metric: The name.
        known: Names; `<class>` at the end of one stands for any class.
    """
    for name in known:
        stem, mark, _ = name.partition(CLASS_MARK)
        if metric == name or (mark and metric.startswith(stem) and metric != stem):
            return True
    return False


def _shown(limits: Limits) -> str:
    given = {f.name: getattr(limits, f.name) for f in fields(limits)}
    return str({name: value for name, value in given.items() if value is not None})
