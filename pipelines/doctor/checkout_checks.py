# SPDX-License-Identifier: Apache-2.0
"""Checks of this checkout: environment, packages, git, DVC and state folder.

Each check is one function that returns one finding with at most one remedy.
"""

import configparser
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from components.core.git import COMMIT_VARIABLE
from components.core.project import STATE_VARIABLE
from pipelines.doctor import host
from pipelines.doctor.findings import Finding
from pipelines.doctor.packages import (
    Conflict,
    find_conflicts,
    installed_requirements,
    installed_versions,
    is_stale,
    pinned_versions,
    runtime_packages,
)

REBUILD: Final = "make setup"
REBUILD_ALL: Final = "rm -rf .venv && make setup"

# Conflicts that the lock makes on purpose.
HARMLESS: Final = {
    ("tensorflow-data-validation", "pyfarmhash"): (
        "the version it asks for has no wheel; fingerprints of this one are the same"
    ),
}


def check_environment(root: Path) -> Finding:
    """`.venv` was built from this lock and in this place."""
    stale = is_stale(root)
    if stale:
        observed = ".venv was built from another lock or in another folder"
        return Finding("environment", "error", observed, REBUILD)
    if stale is None:
        return Finding("environment", "ok", f"{sys.prefix}, not built by the bootstrap")
    return Finding("environment", "ok", ".venv, built from this requirements.lock")


def check_runtime(root: Path) -> Finding:
    """The packages of a private C runtime are known, to look up their faults."""
    if not (root / ".venv/runtime").is_dir():
        return Finding("runtime", "ok", "the C libraries of the system")
    packages = runtime_packages(root)
    if not packages:
        observed = ".venv/runtime: versions unknown, an earlier bootstrap built it"
        return Finding("runtime", "warning", observed, REBUILD_ALL)
    listed = ", ".join(f"{name} {facts}" for name, facts in sorted(packages.items()))
    return Finding("runtime", "ok", listed)


def check_packages(root: Path) -> Finding:
    """Every package of the lock is there, in the version the lock names."""
    lock = root / "requirements.lock"
    if not lock.exists():
        remedy = "git checkout requirements.lock"
        return Finding("packages", "error", "requirements.lock is missing", remedy)
    pinned = pinned_versions(lock.read_text(encoding="utf-8"))
    return judge_packages(pinned, installed_versions())


def judge_packages(pinned: dict[str, str], installed: dict[str, str]) -> Finding:
    """Compare versions; name at most three that differ."""
    wrong = [
        f"{name} {installed.get(name, 'missing')} (lock: {version})"
        for name, version in sorted(pinned.items())
        if installed.get(name) != version
    ]
    if not wrong:
        return Finding("packages", "ok", f"{len(pinned)}, all as locked")
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return Finding("packages", "error", ", ".join(wrong[:3]) + more, REBUILD)


def check_conflicts(root: Path) -> Finding:
    """The requirements of the installed packages on each other hold."""
    return judge_conflicts(
        find_conflicts(installed_versions(), installed_requirements())
    )


def judge_conflicts(conflicts: Sequence[Conflict]) -> Finding:
    """Distinguish the conflicts that the lock makes on purpose from the others."""
    unknown = [c for c in conflicts if (c.asked_by, c.package) not in HARMLESS]
    if unknown:
        observed = "; ".join(map(_describe_conflict, unknown))
        return Finding("conflicts", "warning", observed, REBUILD)
    known = [
        f"{_describe_conflict(c)}: harmless, {HARMLESS[c.asked_by, c.package]}"
        for c in conflicts
    ]
    return Finding("conflicts", "ok", "; ".join(known) or "none")


def check_git(root: Path) -> Finding:
    """git is there, and the project is a checkout of it."""
    if shutil.which("git") is None:
        return Finding("git", "error", "not on PATH", "apt-get install git")
    if not host.first_line("git", "-C", str(root), "rev-parse", "--git-dir"):
        if (commit := os.environ.get(COMMIT_VARIABLE, "unknown")) != "unknown":
            return Finding("git", "ok", f"at {commit[:7]}, as {COMMIT_VARIABLE} says")
        observed = "not a checkout: models cannot be traced to a commit"
        return Finding("git", "warning", observed, "git init, or clone the project")
    commit = host.first_line("git", "-C", str(root), "rev-parse", "--short", "HEAD")
    return Finding("git", "ok", f"at {commit}" if commit else "no commit yet")


def check_dvc_remote(root: Path) -> Finding:
    """DVC has a remote to share data and models."""
    config = configparser.ConfigParser(interpolation=None)
    config.read([root / ".dvc/config", root / ".dvc/config.local"], encoding="utf-8")
    names = [part.split('"')[1] for part in config.sections() if 'remote "' in part]
    if names:
        return Finding("dvc remote", "ok", ", ".join(names))
    observed = "none: data and models stay on this machine"
    remedy = "dvc remote add --default storage s3://BUCKET/PATH"
    return Finding("dvc remote", "warning", observed, remedy)


def check_state(root: Path) -> Finding:
    """Runs can write their state."""
    folder = Path(os.environ.get(STATE_VARIABLE) or root / ".prodl")
    nearest = next(
        path for path in (folder, *folder.absolute().parents) if path.exists()
    )
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return Finding("state", "ok", str(folder))
    remedy = f"chown -R $(id -u) {nearest}, or set {STATE_VARIABLE} to another folder"
    return Finding("state", "error", f"{folder} cannot be written", remedy)


def _describe_conflict(conflict: Conflict) -> str:
    had = f"{conflict.package} {conflict.version or 'missing'}"
    return f"{had} where {conflict.asked_by} asks for {conflict.specifier or 'it'}"
