# SPDX-License-Identifier: Apache-2.0
"""Record of what an environment was built from, and what a change of it requires."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from infra.environment.donors import Packages

Work = Literal["nothing", "project", "packages", "everything"]

# Increase it when environments of an earlier bootstrap must be built again.
FORMAT = 1
FILE = ".venv/prodl-stamp.json"


@dataclass(frozen=True)
class Stamp:
    """What `.venv` was built from; with equal stamps there is nothing to do."""

    format: int
    """`FORMAT` of the bootstrap that built it."""
    root: str
    """The checkout: scripts and the patched interpreter hold absolute paths."""
    base: str
    """The Python that the environment is a copy of."""
    base_identity: str
    """Its size and modification time, which change when the system upgrades it."""
    lock: str
    """Hash of requirements.lock."""
    project: str
    """Hash of setup.py, which defines the console script."""
    runtime: Packages | None = None
    """Package of the private C runtime -> its version and sha256. None without such a
    runtime, and for one of an earlier bootstrap, which recorded no versions."""


def wanted(root: Path, base: Path) -> Stamp:
    """Compute the stamp that the files of this checkout require."""
    status = os.stat(base)
    return Stamp(
        format=FORMAT,
        root=str(root),
        base=str(base),
        base_identity=f"{status.st_size} {status.st_mtime_ns}",
        lock=_hash(root / "requirements.lock"),
        project=_hash(root / "setup.py"),
    )


def read(root: Path) -> Stamp | None:
    """Read the stamp of the existing environment; None if it is not complete."""
    try:
        found = Stamp(**json.loads((root / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    usable = os.access(root / ".venv/bin/python", os.X_OK) and os.path.exists(
        found.base
    )
    return found if usable else None


def write(root: Path, stamp: Stamp) -> None:
    """Mark the environment as complete, atomically."""
    draft = root / (FILE + ".new")
    draft.write_text(json.dumps(asdict(stamp), indent=1) + "\n", encoding="utf-8")
    draft.replace(root / FILE)


def remove(root: Path) -> None:
    """Mark the environment as incomplete, before anything in it is changed."""
    (root / FILE).unlink(missing_ok=True)


def is_foreign(root: Path, building: Path) -> bool:
    """Return whether the existing `.venv` was not built by this bootstrap.

    Args:
        root: The checkout.
        building: The file that exists from the first change to the last one.
    """
    is_ours = (root / FILE).exists() or building.exists()
    return (root / ".venv").exists() and not is_ours


def plan(found: Stamp | None, asked: Stamp) -> Work:
    """Decide which parts must be built.

    Args:
        found: The stamp of the existing environment, None if there is none.
        asked: The required stamp.
    """
    if found is None:
        return "everything"
    # A fact about what was installed, not a wish: is_outdated in donors.py judges it.
    asked = replace(asked, runtime=found.runtime)
    if replace(found, lock=asked.lock, project=asked.project) != asked:
        return "everything"
    if found.lock != asked.lock:
        return "packages"
    return "nothing" if found == asked else "project"


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
