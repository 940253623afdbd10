# SPDX-License-Identifier: Apache-2.0
"""Gates of a user's own: functions that a recipe names in its gate.

    gate:
      mine.gates.small_enough: {max_cost: 2.0}

calls

    small_enough(metrics, baseline, max_cost=2.0) -> (passed, wanted, received)

`metrics` maps the names of all metrics to numbers, `baseline` those of the published
model, or is None if nothing is published. `passed` is True or False; the other two say
in words what was wanted and what was received. A gate that cannot decide refuses: one
that raises an exception, or returns anything else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.contracts.verdicts import GateCheck
from components.core.errors import UsageError
from components.core.import_path import FAILURES, import_object
from components.core.shortening import quote

_KIND: Final = "a function (metrics, baseline, ...) -> (passed, wanted, received)"
Gate = Callable[..., Any]


@dataclass(frozen=True)
class OwnGate:
    """A gate that the recipe names by import path."""

    path: str
    """Import path of the function."""

    arguments: Mapping[str, Any]
    """Its further arguments."""


def is_own_gate(key: object) -> bool:
    """Whether a key of a gate is an import path: names of metrics have no dots."""
    return "." in str(key)


def read_own_gates(gate: Mapping[str, Any], where: str) -> tuple[OwnGate, ...]:
    """Read the own gates of a recipe's gate.

    Args:
        gate: Metric or import path -> limits or arguments, as params.yaml has it.
        where: Position in the file, for messages.

    Raises:
        UsageError: If the arguments of one are no mapping of names.
    """
    for key, arguments in gate.items():
        if is_own_gate(key) and not isinstance(arguments, Mapping):
            raise UsageError(
                f"{where}.{key}: expected the arguments of the function by name; {{}} "
                f"for none.\nReceived {quote(arguments)}."
            )
    return tuple(
        OwnGate(str(key), dict(arguments))
        for key, arguments in gate.items()
        if is_own_gate(key)
    )


def load_own_gates(gates: Sequence[OwnGate]) -> list[Gate]:
    """Import the functions of own gates; a missing one is a `UsageError`."""
    return [import_object(gate.path, "gate", _KIND) for gate in gates]


def check_own_gates(
    gates: Sequence[OwnGate],
    values: Mapping[str, float],
    baseline_values: Mapping[str, float] | None,
) -> list[GateCheck]:
    """Ask own gates, each of which gets copies of the metrics.

    Args:
        gates: The gates.
        values: Metrics of the candidate.
        baseline_values: Metrics of the published model on the same examples; None if
            nothing is published.

    Returns:
        One check per gate.
    """
    functions = load_own_gates(gates)
    return [
        _check(gate, function, values, baseline_values)
        for gate, function in zip(gates, functions, strict=True)
    ]


def _check(
    gate: OwnGate,
    function: Gate,
    values: Mapping[str, float],
    baseline_values: Mapping[str, float] | None,
) -> GateCheck:
    baseline = None if baseline_values is None else dict(baseline_values)
    passed, wanted, received = False, "a decision of the gate", ""
    try:
        answer = function(dict(values), baseline, **gate.arguments)
        decision, wanted, received = _read(answer)
        passed = decision
    except _NoDecision as error:
        received = str(error)
    except FAILURES as error:
        # Whatever it is: a gate that cannot decide must not pass.
        received = f"none: {type(error).__name__}: {error}"
    return GateCheck(
        name=gate.path, metric="", wanted=wanted, received=received, passed=passed
    )


class _NoDecision(ValueError):
    """An answer that says neither yes nor no."""


def _read(answer: object) -> tuple[bool, str, str]:
    match answer:
        case (passed, str(wanted), str(received)) if _is_boolean(passed):
            return bool(passed), wanted, received
    raise _NoDecision(f"{quote(answer)} instead of (True or False, wanted, received)")


def _is_boolean(value: object) -> bool:
    """Whether a value is True or False, of Python's or NumPy's."""
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return isinstance(value, bool) or (kind == "b" and not getattr(value, "shape", ()))
