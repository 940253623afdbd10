# SPDX-License-Identifier: Apache-2.0
"""Expectations that a user names: of Great Expectations' gallery, or of their own.

The settings are read on the command line, and Great Expectations takes four seconds to
import. So the names of its classes are read from its source, and only
`check_arguments` imports it.
"""

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from components.core.import_path import import_object
from components.core.records import read_record, unknown_name
from components.core.shortening import quote
from components.validation.items.check import Expectation, ItemCheck

# Key of a check in expectations.yaml that names a class.
EXPECTATION: Final = "expectation"
_GALLERY: Final = "great_expectations"
# Fields of a check; the other keys beside them are arguments of the class.
_FIELDS: Final = ("description", "severity", EXPECTATION, "arguments")
# Arguments of every class that a check has in another form, or that decide what a
# result looks like.
_SET_BY_US: Final = frozenset(
    {"id", "meta", "notes", "result_format", "catch_exceptions", "rendered_content"}
)


@dataclass(frozen=True)
class GalleryCheck(ItemCheck):
    """An expectation of Great Expectations' gallery, or of one's own."""

    expectation: str
    """Class of `great_expectations.expectations`, or import path of a class of one's
    own."""

    arguments: Mapping[str, Any]
    """Arguments of the class; in expectations.yaml they stand beside the others."""

    @property
    def is_own(self) -> bool:
        """Whether the class is a user's own."""
        return "." in self.expectation

    @property
    def modules(self) -> Sequence[str]:
        own = (self.expectation.rpartition(".")[0],) if self.is_own else ()
        return (*super().modules, *own)

    def wanted(self, classes: Sequence[str]) -> str:
        given = [f"{name} {_word(value)}" for name, value in self.arguments.items()]
        return f"{self.expectation}{': ' if given else ''}{', '.join(given)}"

    def expectations(self, classes: Sequence[str]) -> Sequence[Expectation]:
        return [Expectation(self.expectation, dict(self.arguments))]


def read_gallery_check(settings: Mapping[str, Any], where: str) -> GalleryCheck:
    """Read a check that names a class of expectations.

    Args:
        settings: Keys of the check, arguments of the class among them.
        where: File and key, for messages.

    Raises:
        UsageError: The gallery has no such class, or a key is missing or invalid.
    """
    # As `to_json` writes it, the arguments are a mapping of their own.
    nested = settings.get("arguments", {})
    beside = {n: value for n, value in settings.items() if n not in _FIELDS}
    fields = {n: value for n, value in settings.items() if n in _FIELDS}
    arguments = {**nested, **beside} if isinstance(nested, Mapping) else nested
    check = read_record(GalleryCheck, {**fields, "arguments": arguments}, where)
    for name, value in arguments.items() if isinstance(arguments, Mapping) else ():
        if not _is_json(value):
            raise UsageError(
                f"{where}.{name}: expected numbers, texts, lists or mappings.\n"
                f"Received {quote(value)}, of the type {type(value).__name__}. Dates "
                "are days since 1970-01-01 in the item table."
            )
    for name in check.arguments:
        if name in _SET_BY_US:
            raise UsageError(
                f"{where}: {name!r} is not an argument here; severity and description "
                "say how a failure counts and what it means."
            )
    if not check.is_own and check.expectation not in gallery_classes():
        place = f"{where}.{EXPECTATION}: unknown class"
        message = unknown_name(check.expectation, gallery_classes(), place)
        raise UsageError(f"{message}\nYour own: an import path, mine.checks.Expect...")
    return check


@cache
def gallery_classes() -> tuple[str, ...]:
    """Return the names of the classes of Great Expectations' gallery, unimported."""
    spec = find_spec(_GALLERY)
    if spec is None or spec.origin is None:
        return ()
    source = Path(spec.origin).parent / "expectations" / "__init__.py"
    tree = ast.parse(source.read_bytes())
    names = (
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )
    # The base class expects nothing.
    return tuple(sorted(name for name in names if name != "Expectation"))


def find_expectation(name: str, where: str) -> Any:
    """Return a class of expectations; this imports Great Expectations.

    Args:
        name: Name in the gallery, or import path of a class of one's own.
        where: File and key, for messages.

    Raises:
        UsageError: An import path leads to no class of expectations.
    """
    # Four seconds.
    import great_expectations.expectations as gallery
    from great_expectations.expectations.expectation import Expectation as Base

    if "." not in name:
        return getattr(gallery, name)
    found = import_object(name, where, "a class of expectations")
    if not (isinstance(found, type) and issubclass(found, Base)):
        raise UsageError(
            f"{where}: expected a class over an Expectation of Great Expectations.\n"
            f"Received {name}, which is {_kind(found)}."
        )
    return found


def check_arguments(checks: Mapping[str, ItemCheck], where: str) -> list[str]:
    """Build every expectation that a user names, to find what its class refuses.

    Great Expectations is imported only if there is one.

    Args:
        checks: All checks by name.
        where: File and key of the checks, for messages.

    Returns:
        The errors: classes that cannot be imported, arguments that are refused.
    """
    errors = []
    for name, check in checks.items():
        if isinstance(check, GalleryCheck):
            try:
                build_expectation(check, f"{where}.{name}")
            except UsageError as error:
                errors.append(str(error))
    return errors


def build_expectation(check: GalleryCheck, where: str, **more: Any) -> Any:
    """Build the expectation of a check.

    Args:
        check: The check.
        where: File and key of the check, for messages.
        more: Further arguments of the class, none of them a user's.

    Raises:
        UsageError: The class cannot be imported, or refuses an argument.
    """
    kind = find_expectation(check.expectation, f"{where}.{EXPECTATION}")
    try:
        return kind(
            **check.arguments,
            severity=check.severity,
            description=check.description,
            **more,
        )
    except Exception as error:
        # Classes of users may raise anything.
        reason = "; ".join(_reasons(error))
        expected = ", ".join(_argument_names(kind))
        raise UsageError(
            f"{where}: {check.expectation} refuses its arguments: {reason}.\n"
            f"It has: {expected}."
        ) from None


def _reasons(error: Exception) -> Iterable[str]:
    """Word what pydantic, of either major version, refuses."""
    listed = getattr(error, "errors", None)
    if not callable(listed):
        return [f"{type(error).__name__}: {error}".rstrip(".")]
    found = (
        (".".join(map(str, one["loc"])), str(one["msg"]).rstrip("."))
        for one in listed()
    )
    return dict.fromkeys(f"{n}: {m}" if n != "__root__" else m for n, m in found)


def _argument_names(kind: Any) -> list[str]:
    fields = getattr(kind, "__fields__", {})
    ours = _SET_BY_US | {"severity", "description", "windows", "batch_id"}
    return [name for name in fields if name not in ours]


def _kind(found: Any) -> str:
    if isinstance(found, type):
        return "another class"
    return f"an object of type {type(found).__name__}"


def _is_json(value: Any) -> bool:
    """Whether a value reaches the step as it is; YAML has dates and sets as well."""
    if isinstance(value, Mapping):
        return all(map(_is_json, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_json, value))
    return value is None or isinstance(value, str | int | float)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
