# SPDX-License-Identifier: Apache-2.0
"""Quantities in the form in which Kubernetes writes them: `500m` for 0.5, `2Gi`."""

import re
from decimal import Decimal
from typing import Final

from components.core.errors import UsageError
from components.core.shortening import quote

DECIMAL: Final = {
    suffix: Decimal(1000) ** power
    for power, suffix in enumerate([*"num", "", *"kMGTPE"], -3)
}
BINARY: Final = {
    suffix: Decimal(1024) ** power
    for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)
}
_FORM: Final = re.compile(r"(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([a-zA-Z]*)")


def canonical_quantity(text: str) -> str:
    """A quantity without fraction, with the largest suffix that allows it.

    Args:
        text: For example `0.5`, `12G` or `2048Mi`.

    Raises:
        UsageError: If it is no quantity.
    """
    found = _FORM.fullmatch(text)
    if not found or found[2] not in DECIMAL | BINARY:
        raise UsageError(
            f"expected a quantity of Kubernetes such as 500m, 12G or 2Gi.\n"
            f"Received {quote(text)}."
        )
    amount = Decimal(found[1]) * (DECIMAL | BINARY)[found[2]]
    is_binary = found[2] in BINARY and amount >= 1024
    units = {"": Decimal(1)} | BINARY if is_binary else DECIMAL
    for suffix, factor in reversed(units.items()):
        if amount and amount % factor == 0:
            return f"{int(amount / factor)}{suffix}"
    return "0"
