# SPDX-License-Identifier: Apache-2.0
"""Installed packages, compared with the lock and with each other's requirements."""

import hashlib
import importlib.metadata
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)


@dataclass(frozen=True)
class Conflict:
    """A requirement of one package on another that does not hold."""

    package: str
    """Canonical name of the required package."""

    version: str
    """Its installed version; empty if it is not installed."""

    asked_by: str
    """The package with the requirement."""

    specifier: str
    """The required versions."""


def pinned_versions(lock: str) -> dict[str, str]:
    """Return the versions that a lock names for this Python, by canonical name.

    Args:
        lock: Text of requirements.lock.
    """
    return {
        canonicalize_name(name): version
        for name, version, marker in PIN.findall(lock)
        if not marker or Marker(marker).evaluate()
    }


def installed_versions() -> dict[str, str]:
    """Versions of the installed packages, by canonical name."""
    return {
        canonicalize_name(item.name): item.version
        for item in importlib.metadata.distributions()
    }


def find_conflicts(
    installed: Mapping[str, str], required: Mapping[str, Iterable[str]]
) -> list[Conflict]:
    """Compare requirements with the installed versions, as `pip check` does.

    Args:
        installed: Versions by canonical name.
        required: Package -> its requirements, as in its metadata.
    """
    conflicts = []
    for asked_by, requirements in required.items():
        for requirement in map(Requirement, requirements):
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
            name = canonicalize_name(requirement.name)
            version = installed.get(name, "")
            if not version or not requirement.specifier.contains(
                version, prereleases=True
            ):
                specifier = str(requirement.specifier)
                conflicts.append(Conflict(name, version, asked_by, specifier))
    return conflicts


def installed_requirements() -> dict[str, list[str]]:
    """Requirements of each installed package."""
    return {
        item.name: item.requires or [] for item in importlib.metadata.distributions()
    }


def requirements_of(extra: str) -> list[str]:
    """Canonical names of the packages that prodl asks for with an extra.

    Args:
        extra: Name of the extra.
    """
    texts = importlib.metadata.requires("prodl") or []
    wanted = [
        requirement
        for requirement in map(Requirement, texts)
        if not requirement.marker or requirement.marker.evaluate({"extra": extra})
    ]
    return [canonicalize_name(requirement.name) for requirement in wanted]


def is_stale(root: Path) -> bool | None:
    """Whether `.venv` was built from another lock or in another folder.

    Args:
        root: The checkout.

    Returns:
        None when `infra/bootstrap` has not built it.
    """
    try:
        stamp = _read_stamp(root)
        digest = hashlib.sha256((root / "requirements.lock").read_bytes()).hexdigest()
        return bool(stamp["lock"] != digest or stamp["root"] != str(root.resolve()))
    except (OSError, ValueError, KeyError):
        return None


def runtime_packages(root: Path) -> dict[str, str]:
    """Packages of the environment's private C runtime, each with version and sha256.

    Args:
        root: The checkout.

    Returns:
        Empty if the stamp of `infra/bootstrap` records none.
    """
    try:
        recorded = _read_stamp(root)["runtime"] or {}
        return {
            name: f"{facts['version']} (sha256 {facts['sha256']})"
            for name, facts in recorded.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _read_stamp(root: Path) -> Any:
    return json.loads((root / ".venv/prodl-stamp.json").read_text(encoding="utf-8"))
