# SPDX-License-Identifier: Apache-2.0
"""Requirements on this machine, checked before anything is built."""

import json
import os
import platform
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from infra.environment.problem import EnvironmentProblem, run

# Required by the Linux wheels of ml-metadata and tensorflow-data-validation 1.21.
GLIBC_NEEDED = (2, 39)
# Measured: 3.7 GB installed, and the wheels' copies in uv's cache while they unpack.
DISK_NEEDED_GB = 6

DESCRIBE = """
import json, os, sys, sysconfig
name = "CS_GNU_LIBC_VERSION"
print(json.dumps({
    "version": ".".join(map(str, sys.version_info[:3])),
    "glibc": os.confstr(name) if name in os.confstr_names else "",
    "library_folder": sysconfig.get_config_var("LIBDIR") or "",
    "has_venv": __import__("importlib.util").util.find_spec("venv") is not None,
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """The Python that the environment becomes a copy of."""

    path: Path
    version: str
    glibc: tuple[int, int]
    """Version of the C library."""
    library_folder: str
    """Folder of its shared library, if it has one."""


def describe(python: Path) -> Interpreter:
    """Determine version, C library and modules of a Python.

    Args:
        python: Its executable.
    """
    answer = run([python, "-I", "-c", DESCRIBE], "name another Python in PRODL_PYTHON")
    facts = json.loads(answer)
    if not facts["has_venv"]:
        raise EnvironmentProblem(
            f"{python} has no module venv, expected a complete standard library.",
            "apt-get install python3-venv, or name another Python in PRODL_PYTHON",
        )
    number = re.fullmatch(r"glibc (\d+)\.(\d+).*", facts["glibc"] or "")
    if number is None:
        raise EnvironmentProblem(
            f"Expected {python} to run on glibc. Received {facts['glibc']!r}.",
            "use a glibc distribution such as Debian or Ubuntu, or the container image",
        )
    return Interpreter(
        path=python,
        version=facts["version"],
        glibc=(int(number[1]), int(number[2])),
        library_folder=facts["library_folder"],
    )


def find_problems(root: Path, needs_disk: bool = True) -> list[EnvironmentProblem]:
    """Find all unmet requirements of this machine.

    Args:
        root: The checkout, for the disk it lies on.
        needs_disk: Whether the whole environment is to be built. Defaults to True.
    """
    problems = []
    system, machine = platform.system(), platform.machine()
    if (system, machine) != ("Linux", "x86_64"):
        problems.append(
            EnvironmentProblem(
                f"Expected Linux on x86_64. Received {system} on {machine}: "
                "ml-metadata has no wheel for it.",
                "use an x86_64 Linux machine, or the container image (infra/image)",
            )
        )
    for program in ("git", "make"):
        if shutil.which(program) is None:
            problems.append(
                EnvironmentProblem(
                    f"{program} was not found on PATH.", f"apt-get install {program}"
                )
            )
    if not os.access(root, os.W_OK):
        problems.append(
            EnvironmentProblem(
                "The checkout is not writable, and .venv belongs into it.",
                f"clone it as the user who runs it, or: chown -R $(id -u) {root}",
            )
        )
    free = shutil.disk_usage(root).free / 1e9
    if needs_disk and free < DISK_NEEDED_GB:
        problems.append(
            EnvironmentProblem(
                f"Expected {DISK_NEEDED_GB} GB free on the checkout's disk. "
                f"Received {free:.1f} GB.",
                "free some space, or clone onto a larger disk",
            )
        )
    return problems


def release_name(os_release: Path = Path("/etc/os-release")) -> str:
    """Return the distribution's code name; empty if it has none."""
    if not os_release.exists():
        return ""
    text = os_release.read_text(encoding="utf-8")
    found = re.search(r'^VERSION_CODENAME="?(\w+)"?$', text, re.MULTILINE)
    return found[1] if found else ""


def refuse(problems: list[EnvironmentProblem]) -> None:
    """Raise all problems as one; return when there are none."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        text = "".join(f"\n- {problem}" for problem in problems)
        remedy = "fix all of the above, then call again"
        raise EnvironmentProblem(f"{len(problems)} things are missing:{text}", remedy)
