# SPDX-License-Identifier: Apache-2.0
"""What is installed, against the lock and against what packages ask of each other."""

import hashlib
import importlib.metadata
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)


@dataclass(frozen=True)
class Conflict:
    """A package that is not what another one asks for."""

    package: str
    version: str
    """What is installed, '' when nothing is."""
    asked_by: str
    specifier: str


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
    """Return what this Python can import, by canonical name."""
    return {
        canonicalize_name(item.name): item.version
        for item in importlib.metadata.distributions()
    }


def find_conflicts(
    installed: Mapping[str, str], asked: Mapping[str, Iterable[str]]
) -> list[Conflict]:
    """Hold what packages ask for against what is installed, as `pip check` does.

    Args:
        installed: Versions by canonical name.
        asked: For each package, its requirements as its metadata word them.
    """
    conflicts = []
    for asked_by, requirements in asked.items():
        for requirement in map(Requirement, requirements):
            if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
                continue
            name = canonicalize_name(requirement.name)
            version = installed.get(name, "")
            if not version or not requirement.specifier.contains(
                version, prereleases=True
            ):
                wish = str(requirement.specifier)
                conflicts.append(Conflict(name, version, asked_by, wish))
    return conflicts


def installed_requirements() -> dict[str, list[str]]:
    """Return what each installed package asks for."""
    return {
        item.name: item.requires or [] for item in importlib.metadata.distributions()
    }


def is_stale(root: Path) -> bool | None:
    """Tell whether `.venv` was built from another lock or in another place.

    Args:
        root: The checkout.

    Returns:
        None when `infra/bootstrap` has not built it.
    """
    try:
        stamp = json.loads(
            (root / ".venv/prodl-stamp.json").read_text(encoding="utf-8")
        )
        digest = hashlib.sha256((root / "requirements.lock").read_bytes()).hexdigest()
        return bool(stamp["lock"] != digest or stamp["root"] != str(root.resolve()))
    except (OSError, ValueError, KeyError):
        return None
