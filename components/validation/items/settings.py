# SPDX-License-Identifier: Apache-2.0
"""Settings of the checks on items, and the check classes that they may name."""

import inspect
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any

from components.core.errors import ErrorList, UsageError
from components.core.records import ReadBy, read_record, unknown_name
from components.validation.items import checks
from components.validation.items.check import ItemCheck
from components.validation.items.gallery import EXPECTATION, read_gallery_check


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
    known, errors = find_checks(), ErrorList()
    read: dict[str, ItemCheck] = {}
    for name, settings in received.items():
        with errors.collect():
            _check_name(str(name), settings, known, where)
            read[name] = _read_check(settings, known.get(name), f"{where}.{name}")
    errors.raise_any()
    return read


def _check_name(
    name: str, settings: object, known: Collection[str], where: str
) -> None:
    if name not in known and not _names_class(settings):
        raise UsageError(
            f"{unknown_name(name, known, f'{where}: unknown key')}\n"
            f"A check of any other name has a key {EXPECTATION!r}: a class of "
            "Great Expectations, or the import path of your own."
        )
    if name in known and _names_class(settings):
        raise UsageError(
            f"{where}.{name}: this is the name of a check of prodl, which has no "
            f"key {EXPECTATION!r}. Choose another name."
        )


def _names_class(settings: object) -> bool:
    return isinstance(settings, Mapping) and EXPECTATION in settings


def _read_check(settings: Any, kind: type[ItemCheck] | None, where: str) -> ItemCheck:
    return (
        read_record(kind, settings, where)
        if kind
        else read_gallery_check(settings, where)
    )


@dataclass(frozen=True)
class ItemSettings:
    """Settings for the checks on the item table, and for its section of a report."""

    classes: tuple[str, ...]
    """Labels that may occur, in the order in which reports list them; empty where a
    number is to be predicted."""

    listed_failures: int
    """Most failing items that a check lists."""

    samples_per_class: int
    """Images or texts of each class that the report shows."""

    expectations: Annotated[Mapping[str, ItemCheck], ReadBy(read_checks)]
    """Checks by name, in the order in which reports list them."""

    label_name: str = "class"
    """Meaning of a label, as a word in the report."""

    def __post_init__(self) -> None:
        if len(set(self.classes)) < len(self.classes):
            raise ValueError(
                f"classes must be different names.\nReceived {list(self.classes)!r}."
            )
        for name, check in self.expectations.items():
            if check.needs_classes and not self.classes:
                raise ValueError(
                    f"classes must be different names, at least one: {name!r} is about "
                    "them.\nReceived []. Leave that check out where a number is to be "
                    "predicted."
                )
        if not self.expectations:
            raise ValueError(
                "no expectation is set, so nothing would ever be refused.\n"
                f"Name at least one of {', '.join(find_checks())}."
            )


def check_modules(settings: ItemSettings) -> list[str]:
    """Return the modules of the checks in use; the cache key covers their source."""
    return sorted({m for c in settings.expectations.values() for m in c.modules})
