# SPDX-License-Identifier: Apache-2.0
"""Quantities in the form in which Kubernetes writes them: `500m` for 0.5, `2Gi`."""

import re
from fractions import Fraction
from typing import Final

from components.core.errors import UsageError
from components.core.shortening import quote

DECIMAL: Final = {
    suffix: Fraction(1000) ** power
    for power, suffix in enumerate([*"num", "", *"kMGTPE"], -3)
}
BINARY: Final = {
    suffix: Fraction(1024) ** power
    for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)
}
LARGEST: Final = 2**63 - 1
_FORM: Final = re.compile(r"(\d{1,20}(?:\.\d{1,20})?)([a-zA-Z]*)")


def canonical_quantity(text: str) -> str:
    """A quantity without fraction, with the largest suffix that allows it.

    Args:
        text: For example `0.5`, `12G` or `2048Mi`.

    Raises:
        UsageError: If it is no quantity, or one with an exponent or below a nano.
    """
    found = _FORM.fullmatch(text)
    if not found or found[2] not in DECIMAL | BINARY:
        raise _no_quantity(text)
    amount = Fraction(found[1]) * (DECIMAL | BINARY)[found[2]]
    if not amount:
        return "0"
    is_binary = found[2] in BINARY and amount >= 1024
    units = {"": Fraction(1)} | BINARY if is_binary else DECIMAL
    for suffix, factor in reversed(units.items()):
        if amount % factor == 0 and amount <= LARGEST:
            return f"{int(amount / factor)}{suffix}"
    raise _no_quantity(text)


def _no_quantity(text: str) -> UsageError:
    return UsageError(
        "expected a quantity of Kubernetes such as 500m, 12G or 2Gi.\n"
        f"Received {quote(text)}.\nChange it in the specification."
    )
