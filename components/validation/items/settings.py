# SPDX-License-Identifier: Apache-2.0
"""Settings of the checks on items, and the check classes that they may name."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated

from components.core.errors import UsageError
from components.core.records import ReadBy, read_record, unknown_name
from components.validation.items import checks
from components.validation.items.check import ItemCheck


@cache
def find_checks() -> Mapping[str, type[ItemCheck]]:
    """Return the check classes of all modules of `checks/` by name."""
    modules = (
        import_module(f"{checks.__name__}.{found.name}")
        for found in iter_modules(checks.__path__)
    )
    classes = [
        member
        for module in modules
        for name, member in inspect.getmembers(module, inspect.isclass)
        if member.__module__ == module.__name__ and not name.startswith("_")
    ]
    return {c.name(): c for c in classes if issubclass(c, ItemCheck)}


def read_checks(received: object, where: str) -> dict[str, ItemCheck]:
    """Build checks from a mapping of names to settings, in its order.

    Args:
        received: Content of the file, expected to be a mapping.
        where: File and key, for messages.

    Raises:
        UsageError: If a check or one of its settings is unknown, missing or invalid.
    """
    if not isinstance(received, Mapping):
        raise UsageError(f"{where}: expected a mapping.\nReceived {received!r}.")
    known = find_checks()
    for name in received:
        if name not in known:
            raise UsageError(unknown_name(str(name), known, f"{where}: unknown key"))
    return {
        name: read_record(known[name], settings, f"{where}.{name}")
        for name, settings in received.items()
    }


@dataclass(frozen=True)
class ItemSettings:
    """Settings for the checks on the item table, and for its section of a report."""

    classes: tuple[str, ...]
    """Labels that may occur, in the order in which reports list them."""

    listed_failures: int
    """Most failing items that a check lists."""

    samples_per_class: int
    """Images or texts of each class that the report shows."""

    expectations: Annotated[Mapping[str, ItemCheck], ReadBy(read_checks)]
    """Checks by name, in the order in which reports list them."""

    label_name: str = "class"
    """Meaning of a label, as a word in the report."""

    def __post_init__(self) -> None:
        if not self.classes or len(set(self.classes)) < len(self.classes):
            raise ValueError(
                "classes must be different names, at least one.\n"
                f"Received {list(self.classes)!r}."
            )
        if not self.expectations:
            raise ValueError(
                "no expectation is set, so nothing would ever be refused.\n"
                f"Name at least one of {', '.join(find_checks())}."
            )


def check_modules(settings: ItemSettings) -> list[str]:
    """Return the modules of the checks in use; the cache key covers their source."""
    return sorted({type(c).__module__ for c in settings.expectations.values()})
