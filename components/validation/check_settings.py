# SPDX-License-Identifier: Apache-2.0
"""Settings that every check of data has, of items and of distributions alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from components.core.records import unknown_name

Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class CheckSettings:
    """Description and severity of a check; subclasses add its limits."""

    description: str
    """One sentence for the reader of a report."""

    severity: Severity
    """`critical`: a failure stops the pipeline; `warning`: it is only reported."""


def expect_share(name: str, value: float) -> None:
    """Raise ValueError unless a value lies between 0 and 1."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie between 0 and 1.\nReceived {value}.")


def expect_ordered(**bounds: tuple[float, float]) -> None:
    """Raise ValueError if the smallest value of a range exceeds the largest."""
    for name, (low, high) in bounds.items():
        if low > high:
            raise ValueError(
                f"{name} must be [smallest, largest].\nReceived [{low}, {high}]."
            )


def expect_known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Raise ValueError for the first unknown name, with the nearest known one.

    Args:
        names: Names to be checked.
        known: Valid names.
        what: Start of the message, as in `unknown split`.
    """
    choices = tuple(known)
    for name in names:
        if name not in choices:
            raise ValueError(unknown_name(name, choices, what))
