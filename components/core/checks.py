# SPDX-License-Identifier: Apache-2.0
"""Checks of single settings, each with a message that names what was received."""

import re


def expect(holds: bool, field: str, expected: str, received: object) -> None:
    """Refuse a parameter unless a rule holds.

    Args:
        holds: Whether the rule holds.
        field: Name of the parameter.
        expected: The rule in words.
        received: The value.

    Raises:
        ValueError: If it does not hold.

    Example:
        >>> expect(epochs > 0, "epochs", "a number above 0", epochs)
    """
    if not holds:
        raise ValueError(f"{field}: expected {expected}.\nReceived {received!r}.")


def expect_match(pattern: str, value: str, rule: str) -> None:
    """Refuse a text that a regular expression does not match as a whole.

    Args:
        pattern: The regular expression.
        value: The text.
        rule: The rule in words, with the name of the field.

    Raises:
        ValueError: If it does not match.
    """
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{rule}.\nReceived {value!r}.")


def expect_positive(record: object, *names: str) -> None:
    """Refuse a record with a field that is not above 0.

    Args:
        record: An object with numbers as attributes.
        names: The attributes.

    Raises:
        ValueError: If one is 0 or below.
    """
    for name in names:
        value = getattr(record, name)
        if not value > 0:
            raise ValueError(f"{name} must be above 0.\nReceived {value!r}.")
