# SPDX-License-Identifier: Apache-2.0
"""Packages that are not there because prodl was installed without one of its extras."""

import importlib.metadata
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from components.core.errors import UsageError

# Top-level modules whose distribution has another name.
_DISTRIBUTIONS: Final = {"google": "protobuf", "sklearn": "scikit-learn"}
# An environment that trains models needs none of it.
_NOT_FOR_USERS: Final = ("dev",)


def missing_extra(error: Exception) -> UsageError | None:
    """Word the failure to import a package, or to find its version.

    Args:
        error: What a command raised.

    Returns:
        The error for the user, with the extra to install; None if it is another error
        or another package.
    """
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    top = error.name.partition(".")[0]
    package = canonicalize_name(_DISTRIBUTIONS.get(top, top))
    extras = [extra for extra in _extras() if package in _required(extra)]
    if not extras:
        return None
    # What runs a recipe includes what writes its page.
    extra = "local" if "local" in extras else extras[0]
    return UsageError(
        f"the package {package} is missing, which this command needs.\n"
        f"Install it with: pip install 'prodl[{extra}]'"
    )


def _extras() -> list[str]:
    metadata = importlib.metadata.metadata("prodl")
    extras = metadata.get_all("Provides-Extra") or []
    return [extra for extra in extras if extra not in _NOT_FOR_USERS]


def _required(extra: str) -> set[str]:
    """What prodl asks for with an extra and not without one."""
    requirements = map(Requirement, importlib.metadata.requires("prodl") or [])
    return {
        canonicalize_name(requirement.name)
        for requirement in requirements
        if requirement.marker and requirement.marker.evaluate({"extra": extra})
    }
