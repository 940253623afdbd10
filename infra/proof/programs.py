# SPDX-License-Identifier: Apache-2.0
"""The programs of the proof, built once from their Go modules into `.tools/proof`.

`infra/proof/modules` has a module of ours for each: go.mod names the version, go.sum
the hash of every source. A folder of programs is named by the hash of both, of the
version of Go and of the options, so that a change of any builds anew. Nobody but the
proof needs them.
"""

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
MODULES_FOLDER: Final = ROOT / "infra/proof/modules"
# Folder with kube-apiserver, etcd and kubectl, as the tools of Kubernetes' own projects
# read it.
ASSETS_VARIABLE: Final = "KUBEBUILDER_ASSETS"
# Sources come from go.sum's hashes alone, and paths of this machine stay out.
BUILD_OPTIONS: Final = ("-mod=readonly", "-trimpath", "-buildvcs=false")


class NotBuilt(Exception):
    """A program of the proof is missing; the message says how to get it."""


class NoGo(NotBuilt):
    """Go, or a module that it has to fetch, is not available on this machine."""


@dataclass(frozen=True)
class Module:
    """A Go module of ours, and the programs that are built from it."""

    name: str
    """Its folder below `infra/proof/modules`."""

    source: str
    """The module whose programs they are, as go.mod requires it."""

    packages: tuple[str, ...]
    """Import paths of the programs."""

    version_variables: str = ""
    """Package of variables that hold the version; empty where the source has it."""

    @property
    def folder(self) -> Path:
        """Folder of go.mod and go.sum."""
        return MODULES_FOLDER / self.name

    @property
    def version(self) -> str:
        """The version that go.mod requires."""
        text = (self.folder / "go.mod").read_text(encoding="utf-8")
        found = re.search(
            rf"^(?:require)?\s*{re.escape(self.source)} (v\S+)", text, re.MULTILINE
        )
        if not found:
            raise NotBuilt(f"{self.folder}/go.mod does not require {self.source}.")
        return found[1]

    @property
    def programs(self) -> dict[str, str]:
        """Name of a program -> its import path."""
        return {_program_name(package): package for package in self.packages}

    @property
    def options(self) -> tuple[str, ...]:
        """Options of `go build`."""
        return (*BUILD_OPTIONS, f"-ldflags=-s -w {self._version_flags()}".rstrip())

    def _version_flags(self) -> str:
        if not self.version_variables:
            return ""
        major, minor, _ = self.version.removeprefix("v").split(".", 2)
        values = {"gitVersion": self.version, "gitMajor": major, "gitMinor": minor}
        values["gitTreeState"] = "clean"
        return " ".join(
            f"-X {self.version_variables}.{name}={value}"
            for name, value in values.items()
        )


MODULES: Final = (
    Module("etcd", "go.etcd.io/etcd/server/v3", ("go.etcd.io/etcd/server/v3",)),
    Module(
        "kubernetes",
        "k8s.io/kubernetes",
        tuple(
            f"k8s.io/kubernetes/cmd/kube-{name}"
            for name in ("apiserver", "controller-manager", "scheduler")
        ),
        version_variables="k8s.io/component-base/version",
    ),
    Module(
        "prism",
        "github.com/apache/beam/sdks/v2",
        ("github.com/apache/beam/sdks/v2/go/cmd/prism",),
    ),
)

NAMES: Final = tuple(entry.name for entry in MODULES)


def program(name: str, tools: Path = ROOT / ".tools") -> Path:
    """Return the path of a program of the proof.

    Args:
        name: `etcd`, `kube-apiserver`, `kube-controller-manager`, `kube-scheduler`,
            `prism`.
        tools: Folder for tools. Defaults to `.tools` of the checkout.

    Raises:
        NotBuilt: It is neither built nor in the folder of `KUBEBUILDER_ASSETS`.
    """
    (module,) = (module for module in MODULES if name in module.programs)
    if found := find_asset(module, name):
        return found
    path = programs_folder(module, tools) / name
    if not path.exists():
        raise NotBuilt(f"{name} {module.version} is not built.\nBuild it: make proof")
    return path


def asset(name: str) -> Path | None:
    """A program in the folder of `KUBEBUILDER_ASSETS`, of whatever version."""
    folder = os.environ.get(ASSETS_VARIABLE)
    path = Path(folder or "", name)
    return path if folder and path.is_file() else None


def find_asset(module: Module, name: str) -> Path | None:
    """Find a program of the right version in the folder of `KUBEBUILDER_ASSETS`."""
    path = asset(name)
    if not path:
        return None
    # Scheduler and controllers are built, and must not be newer than the API server.
    minor, _, _ = module.version.removeprefix("v").rpartition(".")
    return path if f"{minor}." in _version_line(path) else None


def programs_folder(module: Module, tools: Path) -> Path:
    """Return the folder of a module's programs, named by all that determines them."""
    digest = hashlib.sha256("\n".join((*module.options, go_version())).encode())
    for name in ("go.mod", "go.sum"):
        digest.update((module.folder / name).read_bytes())
    return tools / "proof" / f"{module.name}-{digest.hexdigest()[:16]}"


@cache
def go_version() -> str:
    """Return the version of the Go on the PATH.

    Raises:
        NoGo: There is none.
    """
    if not shutil.which("go"):
        raise NoGo("no Go on the PATH.\nInstall Go 1.26 or newer: https://go.dev/dl")
    command = ["go", "env", "GOVERSION"]
    # A module may ask for another version, the folder of this one decides.
    answer = subprocess.run(
        command, cwd=MODULES_FOLDER, capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()


@cache
def _version_line(path: Path) -> str:
    answer = subprocess.run(
        [path, "--version"], capture_output=True, text=True, timeout=60, check=False
    )
    return answer.stdout


def _program_name(package: str) -> str:
    # etcd's program is the root of its module, whose path ends in a major version.
    return "etcd" if "etcd" in package else package.rpartition("/")[2]
