# SPDX-License-Identifier: Apache-2.0
"""Checks of this machine and this checkout: can they run the project, and if not, why.

Each check is one function that returns one finding; a finding has at most one remedy.
TensorFlow is not imported, so that the checks also run on a machine where it fails.
"""

import configparser
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from components.core.project import STATE_VARIABLE
from pipelines.doctor import host
from pipelines.doctor.packages import (
    Conflict,
    find_conflicts,
    installed_requirements,
    installed_versions,
    is_stale,
    pinned_versions,
)

Status = Literal["ok", "warning", "error"]

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
GLIBC_NEEDED = "2.39"
GLIBCXX_NEEDED = "3.4.32"  # GCC 13
# One recipe with its caches takes about 1 GB; a full disk loses a run at its end.
DISK_SCARCE_GB, DISK_FULL_GB = 5.0, 1.0
# A run on 70,000 images peaked at 2.3 GB.
MEMORY_SCARCE_GB, MEMORY_SHORT_GB = 4.0, 2.0
FAST_BFLOAT16 = ("amx_bf16", "avx512_bf16")
REBUILD = "make setup"

# Conflicts that the lock makes on purpose.
HARMLESS = {
    ("tensorflow-data-validation", "pyfarmhash"): (
        "the version it asks for has no wheel; fingerprints of this one are the same"
    ),
}


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    name: str
    """Name of the check."""

    status: Status
    """`error` if the project cannot run."""

    observed: str
    """State of the machine or checkout, in a few words."""

    remedy: str = ""
    """How to fix it, a command where there is one; empty if all is well."""


def examine(root: Path) -> list[Finding]:
    """Run every check; all are cheap.

    Args:
        root: The project's folder.
    """
    return [check(root) for check in CHECKS]


def render(findings: Sequence[Finding]) -> str:
    """Format findings for the terminal: a line each, a remedy below its line."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.status:<8} {finding.name:<12} {finding.observed}")
        if finding.remedy:
            lines.append(f"{'':<8} {'':<12} -> {finding.remedy}")
    return "\n".join(lines)


def exit_code(findings: Sequence[Finding]) -> int:
    """1 if an error must be fixed before the project can run, else 0."""
    return int(any(finding.status == "error" for finding in findings))


def check_python(root: Path) -> Finding:
    """Python 3.11, 3.12 or 3.13: the versions TFX 1.21 has wheels for."""
    version = ".".join(map(str, sys.version_info[:3]))
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        return Finding("python", "ok", version)
    remedy = "PRODL_PYTHON=python3.11 make setup"
    return Finding("python", "error", f"{version}, expected 3.11 to 3.13", remedy)


def check_environment(root: Path) -> Finding:
    """`.venv` was built from this lock and in this place."""
    stale = is_stale(root)
    if stale:
        observed = ".venv was built from another lock or in another folder"
        return Finding("environment", "error", observed, REBUILD)
    if stale is None:
        return Finding("environment", "ok", f"{sys.prefix}, not built by the bootstrap")
    return Finding("environment", "ok", ".venv, built from this requirements.lock")


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


def check_glibc(root: Path) -> Finding:
    """The C library is new enough for ml-metadata and TensorFlow Data Validation."""
    return judge_glibc(host.glibc_of_python(), host.glibc_of_system())


def judge_glibc(own: str, system: str) -> Finding:
    """Check the C library of this Python; the system's is named for comparison."""
    if host.version_key(own) < host.version_key(GLIBC_NEEDED):
        observed = f"{own or 'none'}, expected {GLIBC_NEEDED} or newer"
        return Finding("glibc", "error", observed, f"rm -rf .venv && {REBUILD}")
    if own == system:
        return Finding("glibc", "ok", own)
    observed = f"{own} in this Python, {system or 'unknown'} in the system"
    return Finding("glibc", "ok", observed)


def check_libstdcxx(root: Path) -> Finding:
    """The C++ library is that of GCC 13 or newer."""
    newest = host.newest_glibcxx()
    if host.version_key(newest) >= host.version_key(GLIBCXX_NEEDED):
        return Finding("libstdc++", "ok", f"GLIBCXX_{newest}")
    observed = f"GLIBCXX_{newest or 'none'}, expected {GLIBCXX_NEEDED} or newer"
    return Finding("libstdc++", "error", observed, f"rm -rf .venv && {REBUILD}")


def check_disk(root: Path) -> Finding:
    """There is room for data, caches and models."""
    limits = (DISK_FULL_GB, DISK_SCARCE_GB)
    return _judge_amount("disk", host.free_disk_gb(root), limits, "prodl clean")


def check_memory(root: Path) -> Finding:
    """A run fits into the available memory."""
    amount = host.usable_memory_gb()
    remedy = "close other programs, or give this container more memory"
    return _judge_amount("memory", amount, (MEMORY_SHORT_GB, MEMORY_SCARCE_GB), remedy)


def check_cpu(root: Path) -> Finding:
    """The processor has the instructions that TensorFlow's wheels need."""
    return judge_cpu(host.cpu_flags(), os.cpu_count() or 1)


def judge_cpu(flags: frozenset[str], cores: int) -> Finding:
    """Check the instruction sets of a processor, fast bfloat16 among them."""
    if "avx" not in flags:
        remedy = "run on a machine with AVX, or on Kubeflow (docs/kubeflow.md)"
        return Finding("cpu", "error", "no AVX: TensorFlow ends at import", remedy)
    fast = next((flag for flag in FAST_BFLOAT16 if flag in flags), "")
    kind = f"{fast}: trains in bfloat16" if fast else "trains in float32"
    return Finding("cpu", "ok", f"{cores} cores, {kind}")


def check_accelerator(root: Path) -> Finding:
    """An installed GPU or TPU can be used."""
    return judge_accelerator(host.gpus(), host.tpu_devices(), installed_versions())


def judge_accelerator(
    gpus: Sequence[str], tpus: Sequence[str], installed: dict[str, str]
) -> Finding:
    """Check the devices: none is fine, a GPU without its libraries is not."""
    if not gpus:
        return Finding(
            "accelerator", "ok", ", ".join(tpus) or "none, trains on the CPU"
        )
    if any(name.startswith("nvidia-cudnn") for name in installed):
        return Finding("accelerator", "ok", ", ".join(gpus))
    version = installed.get("tensorflow", "2.21.0")
    package = f"'tensorflow[and-cuda]=={version}'"
    return Finding(
        "accelerator",
        "warning",
        f"{', '.join(gpus)}, but not the CUDA libraries: trains on the CPU",
        f".tools/bin/uv pip install --python .venv/bin/python {package}",
    )


def check_git(root: Path) -> Finding:
    """git is there, and the project is a checkout of it."""
    if shutil.which("git") is None:
        return Finding("git", "error", "not on PATH", "apt-get install git")
    if not host.first_line("git", "-C", str(root), "rev-parse", "--git-dir"):
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


CHECKS: tuple[Callable[[Path], Finding], ...] = (
    check_python,
    check_environment,
    check_packages,
    check_conflicts,
    check_glibc,
    check_libstdcxx,
    check_disk,
    check_memory,
    check_cpu,
    check_accelerator,
    check_git,
    check_dvc_remote,
    check_state,
)


def _judge_amount(
    name: str, amount: float, limits: tuple[float, float], remedy: str
) -> Finding:
    short, scarce = limits
    if amount >= scarce:
        return Finding(name, "ok", f"{amount:.0f} GB free")
    status: Status = "error" if amount < short else "warning"
    observed = f"{amount:.1f} GB free, expected {scarce:.0f} GB"
    return Finding(name, status, observed, remedy)


def _describe_conflict(conflict: Conflict) -> str:
    had = f"{conflict.package} {conflict.version or 'missing'}"
    return f"{had} where {conflict.asked_by} asks for {conflict.specifier or 'it'}"
