# SPDX-License-Identifier: Apache-2.0
"""Build the programs of the proof with Go, and say how far it is."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.core.locks import hold_lock
from components.core.redaction import without_secrets
from infra.proof.processes import die_with_parent
from infra.proof.programs import (
    MODULES,
    NAMES,
    ROOT,
    Module,
    NoGo,
    find_asset,
    go_version,
    programs_folder,
)

SECONDS_BETWEEN_LINES: Final = 30.0
TAIL_LINES: Final = 15
# Reasons for a source not to come that are no matter of the network: it is another one
# than go.sum says, or go.mod and go.sum do not fit each other.
OWN_FAULTS: Final = (
    "checksum mismatch",
    "missing go.sum entry",
    "errors parsing go.mod",
    "disabled by -mod=readonly",
)


class BuildFailed(Exception):
    """Go could not build a program; the message has its output."""


@dataclass(frozen=True)
class Built:
    """The programs of one module."""

    module: Module
    """The module."""

    folder: Path
    """Folder of its programs."""

    seconds: float
    """Wall time of the build, 0 if they were there."""

    @property
    def megabytes(self) -> float:
        """Size of its programs."""
        return sum(path.stat().st_size for path in self.folder.iterdir()) / 1e6


def build_all(
    say: Callable[[str], None],
    names: Sequence[str] = NAMES,
    tools: Path = ROOT / ".tools",
) -> list[Built]:
    """Build what is not there yet.

    Args:
        say: Called with each line of progress.
        names: Names of the modules. Defaults to all.
        tools: Folder for tools. Defaults to `.tools` of the checkout.

    Raises:
        NoGo: Go, or a module that it needs, cannot be had here.
        BuildFailed: A build failed for another reason.
    """
    built = []
    go_version()
    with hold_lock(tools / "proof.lock", "make proof", on_wait=say):
        for module in MODULES:
            if module.name in names and not _has_assets(module):
                built.append(_build(module, tools, say))
    return built


def _has_assets(module: Module) -> bool:
    return all(find_asset(module, name) for name in module.programs)


def _build(module: Module, tools: Path, say: Callable[[str], None]) -> Built:
    folder = programs_folder(module, tools)
    what = f"{module.name} {module.version}"
    if folder.is_dir():
        say(f"{what}: built already, {folder.name}")
        return Built(module, folder, 0.0)
    start = time.monotonic()
    say(f"{what}: fetching sources")
    packages = _list_packages(module)
    # Renamed when it is complete: a program that is there can be used.
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for name, package in module.programs.items():
        _compile(module, package, unfinished / name, len(packages), say)
    _remove_older(module, folder)
    unfinished.rename(folder)
    built = Built(module, folder, time.monotonic() - start)
    say(f"{what}: built in {built.seconds / 60:.1f} min, {built.megabytes:.0f} MB")
    return built


def _remove_older(module: Module, folder: Path) -> None:
    for path in folder.parent.glob(f"{module.name}-*"):
        if path.name != f"{folder.name}.unfinished":
            shutil.rmtree(path)


def _list_packages(module: Module) -> list[str]:
    """Names of all packages that are compiled; fetches their sources."""
    command = ["go", "list", "-mod=readonly", "-deps", *module.packages]
    result = subprocess.run(
        command,
        cwd=module.folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        reason = f"{module.name}: sources cannot be had.\n{_tail(result.stderr)}"
        is_own_fault = any(fault in result.stderr for fault in OWN_FAULTS)
        raise (BuildFailed if is_own_fault else NoGo)(reason)
    return result.stdout.split()


def _compile(
    module: Module, package: str, target: Path, total: int, say: Callable[[str], None]
) -> None:
    """Compile and link a program; a line every half minute says how far it is."""
    command = ["go", "build", "-v", *module.options, "-o", str(target), package]
    log = target.with_suffix(".log")
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            cwd=module.folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,
        )
    while _is_running(process):
        compiled = len(log.read_text(encoding="utf-8").splitlines())
        say(f"{target.name}: compiled {compiled} of at most {total} packages")
    if process.returncode != 0:
        raise BuildFailed(f"{target.name} was not built.\n{_tail(log.read_text())}")
    log.unlink()


def _is_running(process: "subprocess.Popen[bytes]") -> bool:
    """Wait for the next line of progress, or for the end."""
    try:
        process.wait(SECONDS_BETWEEN_LINES)
    except subprocess.TimeoutExpired:
        return True
    except BaseException:
        # Interrupted: Go's own processes end with it.
        process.terminate()
        raise
    return False


def _environment() -> dict[str, str]:
    # A workspace around the checkout would decide on versions.
    return os.environ | {"GOWORK": "off", "CGO_ENABLED": "0"}


def _tail(output: str) -> str:
    return "\n".join(without_secrets(output).splitlines()[-TAIL_LINES:])
