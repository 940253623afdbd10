# SPDX-License-Identifier: Apache-2.0
"""Compare requirements.lock with known vulnerabilities: `make audit`.

    python -m infra.audit                                         PyPI's advisories
    python -m infra.audit --vulnerability-service osv [--osv-url URL]

pip-audit runs from `.tools/audit`, by hash, and not in the project's environment. A
vulnerability that does not matter here stands in infra/audit_ignored.toml with a reason
and a date, after which it counts again. Exit status: 0 for no known vulnerability, and
where no advisory service answers; 1 for one, or for an expired entry.
"""

import datetime
import fcntl
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from components.core.redaction import without_secrets
from infra.environment import index, packages
from infra.environment.problem import EnvironmentProblem

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
PROGRAMS = ROOT / "infra/audit.lock"
IGNORED = ROOT / "infra/audit_ignored.toml"
REMEDY = "check that this works: python3 -m pip download --no-deps pip-audit"
OPTIONS = (
    "--disable-pip",
    "--require-hashes",
    "--format=json",
    "--progress-spinner=off",
)
# Errors of pip-audit if no service can be reached; any other is a fault.
NO_SERVICE = re.compile(
    r"Could not connect|not redirecting|ConnectionError|ProxyError|SSLError|Timeout"
    r"|ServiceError|JSONDecodeError"
)


class NoService(Exception):
    """No advisory service answers; the message is the reason."""


@dataclass(frozen=True)
class Ignored:
    """A known vulnerability that does not count, until a day."""

    id: str
    """Identifier of the advisory, or an alias of it."""
    package: str
    """Canonical name of the package."""
    reason: str
    """Why it does not matter here."""
    expires: datetime.date
    """Last day on which it does not count."""


@dataclass(frozen=True)
class Finding:
    """A known vulnerability of a package in the lock."""

    package: str
    """Canonical name."""
    version: str
    """Version in the lock."""
    ids: tuple[str, ...]
    """Identifiers of the advisory, its own one first."""
    fixed: tuple[str, ...]
    """Versions without it."""

    def __str__(self) -> str:
        fixed = ", ".join(self.fixed) or "none yet"
        return f"{self.package} {self.version}: {', '.join(self.ids)}; fixed in {fixed}"


def main(arguments: Sequence[str]) -> int:
    """Audit the lock; return the exit status.

    Args:
        arguments: Further options of pip-audit.
    """
    try:
        ignored = read_ignored(IGNORED, datetime.date.today())
        return audit(install(), LOCK, ignored, arguments)
    except (NoService, index.NoIndex) as reason:
        print(f"audit: skipped: {reason}")
        return 0
    except EnvironmentProblem as problem:
        print(f"audit: {problem}", file=sys.stderr)
        return 1


def read_ignored(path: Path, today: datetime.date) -> list[Ignored]:
    """Read the vulnerabilities that do not count; an expired entry is an error.

    Args:
        path: The TOML file.
        today: The day by which entries expire.
    """
    names = {field.name for field in fields(Ignored)}
    found = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("ignored", []):
        if entry.keys() != names or not _is_complete(entry):
            raise EnvironmentProblem(
                f"{path}: expected entries with the texts id, package and reason, and "
                f"the date expires. Received {entry}.",
                "complete the entry",
            )
        found.append(Ignored(**entry))
    if expired := [entry for entry in found if entry.expires < today]:
        listed = "; ".join(f"{e.id} of {e.package}, {e.expires}" for e in expired)
        raise EnvironmentProblem(
            f"{path}: expired: {listed}.",
            "update the package, or judge again and set another date",
        )
    return found


def audit(
    program: Path, lock: Path, ignored: Sequence[Ignored], arguments: Sequence[str] = ()
) -> int:
    """Ask for vulnerabilities of a lock, and print them; return the exit status.

    Args:
        program: pip-audit.
        lock: The packages, with hashes.
        ignored: Vulnerabilities that do not count.
        arguments: Further options of pip-audit.

    Raises:
        NoService: If no advisory service answers.
    """
    _probe(program, lock, arguments)
    report = _ask(program, lock, arguments)
    findings = _findings(report)
    known = {entry: [f for f in findings if _fits(entry, f)] for entry in ignored}
    for entry, fitting in known.items():
        what = "ignored" if fitting else "no longer found, remove the entry"
        print(f"audit: {entry.id} of {entry.package} {what}: {entry.reason}")
    counting = [f for f in findings if not any(f in fit for fit in known.values())]
    for finding in counting:
        print(f"audit: {finding}")
    if absent := [p["name"] for p in report["dependencies"] if "skip_reason" in p]:
        print(f"audit: unknown to the service: {', '.join(absent)}")
    number = len(report["dependencies"]) - len(absent)
    print(f"audit: {number} packages, {len(counting) or 'no'} known vulnerabilities")
    return int(bool(counting))


def install(tools: Path = ROOT / ".tools") -> Path:
    """Return pip-audit; the first call with another lock installs it.

    Args:
        tools: Folder for tools. Defaults to `.tools` of the checkout.

    Raises:
        index.NoIndex: It is not installed, and the package index cannot be reached.
    """
    tools.mkdir(exist_ok=True)
    with (tools / "audit.lock").open("a", encoding="utf-8") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        return _install(tools)


def _install(tools: Path) -> Path:
    folder, digest = tools / "audit", hashlib.sha256(PROGRAMS.read_bytes()).hexdigest()
    stamp = folder / "stamp"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != digest:
        # Not the environment's Python, which may have a C library of its own.
        base = Path(getattr(sys, "_base_executable", sys.executable))
        pip = packages.find_pip(base)
        with index.told_apart(REMEDY):
            packages.install_tools(tools, ROOT / "infra/tools.lock", pip)
            environ = index.uv_environment(pip)
            uv = tools / "bin/uv"
            packages.install_programs(folder, PROGRAMS, base, uv, environ)
        stamp.write_text(digest, encoding="utf-8")
    return folder / "bin/pip-audit"


def _probe(program: Path, lock: Path, arguments: Sequence[str]) -> None:
    """Ask for one package, before a service that knows none is asked for all."""
    first = re.search(
        r"^\S+==\S+ \\\n(?: +--hash=\S+(?: \\)?\n)+", lock.read_text("utf-8"), re.M
    )
    if first is None:
        raise EnvironmentProblem(f"{lock} has no package with a hash.", "make lock")
    with tempfile.TemporaryDirectory() as scratch:
        one = Path(scratch, "requirements.txt")
        one.write_text(first[0], encoding="utf-8")
        (package,) = _ask(program, one, arguments)["dependencies"]
    if "skip_reason" in package:
        raise NoService(f"no advisory service answers: {package['skip_reason']}")


def _ask(program: Path, lock: Path, arguments: Sequence[str]) -> dict[str, Any]:
    result = subprocess.run(
        [str(program), "--requirement", str(lock), *OPTIONS, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    try:
        report: dict[str, Any] = json.loads(result.stdout)
        return report
    except ValueError:
        said = without_secrets(result.stderr.strip())
    last = said.rpartition("\n")[2]
    if NO_SERVICE.search(said):
        raise NoService(f"no advisory service answers: {last}")
    raise EnvironmentProblem(
        f"pip-audit ended with {result.returncode}, expected a report. It said: {said}",
        "see its message",
    )


def _findings(report: dict[str, Any]) -> list[Finding]:
    return [
        Finding(
            package=package["name"],
            version=package["version"],
            ids=(advisory["id"], *advisory["aliases"]),
            fixed=tuple(advisory["fix_versions"]),
        )
        for package in report["dependencies"]
        for advisory in package.get("vulns", [])
    ]


def _fits(entry: Ignored, finding: Finding) -> bool:
    return entry.package == finding.package and entry.id in finding.ids


def _is_complete(entry: dict[str, Any]) -> bool:
    texts = [entry[name] for name in ("id", "package", "reason")]
    is_date = type(entry["expires"]) is datetime.date
    return is_date and all(isinstance(text, str) and text for text in texts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
