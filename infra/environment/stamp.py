# SPDX-License-Identifier: Apache-2.0
"""What an environment was built from, and what has to be done when that changed."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

Work = Literal["nothing", "project", "packages", "everything"]

# Raise it when environments built by an earlier bootstrap must not be used any more.
FORMAT = 1
FILE = ".venv/prodl-stamp.json"


@dataclass(frozen=True)
class Stamp:
    """What `.venv` was built from; equal stamps mean there is nothing to do."""

    format: int
    """`FORMAT` of the bootstrap that built it."""
    root: str
    """The checkout: scripts and the patched interpreter hold absolute paths."""
    base: str
    """The Python that the environment is a copy of."""
    base_identity: str
    """Its size and time, which change when the system upgrades it in place."""
    lock: str
    """Hash of requirements.lock."""
    project: str
    """Hash of setup.py, which names the console script."""


def wanted(root: Path, base: Path) -> Stamp:
    """Describe the environment that the files of this checkout ask for."""
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
    """Return the stamp of the environment in place, None when it is not complete."""
    try:
        found = Stamp(**json.loads((root / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    usable = os.access(root / ".venv/bin/python", os.X_OK) and os.path.exists(
        found.base
    )
    return found if usable else None


def write(root: Path, stamp: Stamp) -> None:
    """Declare the environment complete, in one atomic step."""
    draft = root / (FILE + ".new")
    draft.write_text(json.dumps(asdict(stamp), indent=1) + "\n", encoding="utf-8")
    draft.replace(root / FILE)


def remove(root: Path) -> None:
    """Declare the environment incomplete, before anything in it is touched."""
    (root / FILE).unlink(missing_ok=True)


def is_foreign(root: Path, building: Path) -> bool:
    """Tell whether the `.venv` in place is somebody else's, and not ours to delete.

    Args:
        root: The checkout.
        building: The file that lies there from our first change to our last one.
    """
    is_ours = (root / FILE).exists() or building.exists()
    return (root / ".venv").exists() and not is_ours


def plan(found: Stamp | None, asked: Stamp) -> Work:
    """Decide how much has to be done.

    Args:
        found: The stamp of the environment in place, None when there is none.
        asked: The stamp it should have.
    """
    if found is None:
        return "everything"
    if replace(found, lock=asked.lock, project=asked.project) != asked:
        return "everything"
    if found.lock != asked.lock:
        return "packages"
    return "nothing" if found == asked else "project"


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
