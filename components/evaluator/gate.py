# SPDX-License-Identifier: Apache-2.0
"""The gate of a model: its figures against its rules, one check per limit."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.evaluator.rules import Rule, read_rules

__all__ = ["Check", "Rule", "judge", "read_rules"]

# Room for the rounding of a difference of two floats, far below any real difference.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Check:
    """One limit and what became of it.

    Attributes:
        name: `metric.limit`, as it stands in params.yaml.
        metric: Name of the metric.
        wanted: The limit, in words.
        received: The value, in words.
        passed: Whether it holds.
        value: The value; None where it is missing or no finite number.
        baseline: Value of the published model, where the limit is about it.
        note: What else a reader should know.
    """

    name: str
    metric: str
    wanted: str
    received: str
    passed: bool
    value: float | None = None
    baseline: float | None = None
    note: str = ""


def judge(
    values: Mapping[str, float],
    baseline_values: Mapping[str, float] | None,
    rules: Sequence[Rule],
) -> list[Check]:
    """Hold figures against the rules of a gate.

    A metric that is missing, or is not a finite number, fails every limit on it.
    Without a baseline `not_worse_by` passes and says so.

    Args:
        values: Metrics of the candidate.
        baseline_values: Metrics of the published model on the same examples; None if
            nothing is published.
        rules: The gate.

    Returns:
        One check per limit, in the order of the rules.
    """
    checks: list[Check] = []
    for rule in rules:
        value = values.get(rule.metric)
        if rule.min is not None:
            passed = value is not None and value >= rule.min
            checks.append(_check(rule, "min", f"at least {rule.min:g}", value, passed))
        if rule.max is not None:
            passed = value is not None and value <= rule.max
            checks.append(_check(rule, "max", f"at most {rule.max:g}", value, passed))
        if rule.not_worse_by is not None:
            checks.append(_compare(rule, value, baseline_values))
    return checks


def _compare(
    rule: Rule, value: float | None, baseline_values: Mapping[str, float] | None
) -> Check:
    limit, kind = rule.not_worse_by or 0.0, "not_worse_by"
    if baseline_values is None:
        wanted = f"not worse than the published model by more than {limit:g}"
        note = "Nothing is published to compare with."
        return _check(rule, kind, wanted, value, value is not None, note=note)
    baseline = baseline_values.get(rule.metric)
    if baseline is None or not math.isfinite(baseline):
        wanted = f"not worse than the published model by more than {limit:g}"
        note = "The published model has no such value: drop the rule, or replace it."
        return _check(rule, kind, wanted, value, False, note=note)
    bound = baseline - limit if rule.higher_wins else baseline + limit
    word = "at least" if rule.higher_wins else "at most"
    wanted = f"{word} {bound:.6g} (published model: {baseline:.6g})"
    passed = value is not None and _loss(rule, value, baseline) <= limit + _ROUNDING
    return _check(rule, kind, wanted, value, passed, baseline)


def _loss(rule: Rule, value: float, baseline: float) -> float:
    return baseline - value if rule.higher_wins else value - baseline


def _check(
    rule: Rule,
    kind: str,
    wanted: str,
    value: float | None,
    passed: bool,
    baseline: float | None = None,
    note: str = "",
) -> Check:
    is_number = _is_number(value)
    return Check(
        name=f"{rule.metric}.{kind}",
        metric=rule.metric,
        wanted=wanted,
        received=_worded(value),
        # NaN compares as false, but an infinite value could pass a one-sided limit.
        passed=passed and is_number,
        value=value if is_number else None,
        baseline=baseline,
        note=note,
    )


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _worded(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"{value:.6g}" if math.isfinite(value) else "not a finite number"
