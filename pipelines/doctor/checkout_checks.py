# SPDX-License-Identifier: Apache-2.0
"""Checks of this project: environment, packages, git, DVC and state folder.

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
from pipelines.built_in_files import built_in_file, is_checkout
from pipelines.doctor import host
from pipelines.doctor.findings import Finding
from pipelines.doctor.packages import (
    Conflict,
    find_conflicts,
    installed_requirements,
    installed_versions,
    is_stale,
    pinned_versions,
    requirements_of,
    runtime_packages,
)
from pipelines.settings_check import find_errors

LOCK_FILE: Final = "requirements.lock"
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
    """The packages of the lock are there, in the versions that the lock names."""
    lock = built_in_file(LOCK_FILE)
    if not lock.exists():
        remedy = f"git checkout {LOCK_FILE}"
        return Finding("packages", "error", f"{LOCK_FILE} is missing", remedy)
    pinned = pinned_versions(lock.read_text(encoding="utf-8"))
    if is_checkout(root):
        return judge_packages(pinned, installed_versions())
    return judge_installation(pinned, installed_versions(), requirements_of("local"))


def judge_packages(pinned: dict[str, str], installed: dict[str, str]) -> Finding:
    """Compare versions with the lock that the environment was built from."""
    wrong = [
        f"{name} {installed.get(name, 'missing')} (lock: {version})"
        for name, version in sorted(pinned.items())
        if installed.get(name) != version
    ]
    if not wrong:
        return Finding("packages", "ok", f"{len(pinned)}, all as locked")
    return Finding("packages", "error", _first(wrong), REBUILD)


def judge_installation(
    pinned: dict[str, str], installed: dict[str, str], required: Sequence[str]
) -> Finding:
    """Compare an installation by pip: other versions may work, but were not tested.

    Args:
        pinned: Versions that prodl was tested with.
        installed: Versions of what is installed.
        required: Packages that running a recipe needs.
    """
    if missing := [name for name in required if name not in installed]:
        observed = f"{_first(missing)} missing: recipes cannot run here"
        return Finding("packages", "error", observed, "pip install 'prodl[local]'")
    others = [
        f"{name} {installed[name]} (tested: {version})"
        for name, version in sorted(pinned.items())
        if installed.get(name, version) != version
    ]
    if others:
        remedy = f"pip install --requirement {built_in_file(LOCK_FILE)}"
        return Finding("packages", "warning", _first(others), remedy)
    return Finding("packages", "ok", "all that are here in the versions tested")


def check_conflicts(root: Path) -> Finding:
    """The requirements of the installed packages on each other hold."""
    conflicts = find_conflicts(installed_versions(), installed_requirements())
    return judge_conflicts(conflicts, REBUILD if is_checkout(root) else "pip check")


def judge_conflicts(conflicts: Sequence[Conflict], remedy: str = REBUILD) -> Finding:
    """Distinguish the conflicts that the lock makes on purpose from the others.

    Args:
        conflicts: All of them.
        remedy: What to do about another. Defaults to that of a checkout.
    """
    unknown = [c for c in conflicts if (c.asked_by, c.package) not in HARMLESS]
    if unknown:
        observed = "; ".join(map(_describe_conflict, unknown))
        return Finding("conflicts", "warning", observed, remedy)
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
        observed = "no repository: models cannot be traced to a commit"
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


def check_settings(root: Path) -> Finding:
    """The settings of every recipe and data set are valid."""
    errors = find_errors(root)
    if not errors:
        return Finding("settings", "ok", "of all recipes and data sets valid")
    lines = [" ".join(error.split()) for error in errors]
    remedy = "correct them; `prodl run` and `prodl validate` list those of a run"
    return Finding("settings", "error", _first(lines), remedy)


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


def _first(names: Sequence[str]) -> str:
    """At most three names, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _describe_conflict(conflict: Conflict) -> str:
    had = f"{conflict.package} {conflict.version or 'missing'}"
    return f"{had} where {conflict.asked_by} asks for {conflict.specifier or 'it'}"
