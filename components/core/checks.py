# SPDX-License-Identifier: Apache-2.0
"""How each parameter of a trainer is refused: field, what was expected and received."""


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
