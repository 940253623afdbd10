# SPDX-License-Identifier: Apache-2.0
"""Software bill of materials of the environment: CycloneDX 1.6 of requirements.lock.

    python -m pipelines.sbom [FILE]

It lists what the lock pins, for all versions of Python and platforms that it covers; a
package that is installed on some of them only has their condition as a property. Equal
locks give equal bytes, so there is no time of writing in it. What is asked of it is
plain JSON, for which no library is needed.
"""

import hashlib
import re
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from components.core.json_files import write_json
from components.core.project import project_root
from pipelines.built_in_files import built_in_file
from pipelines.doctor.packages import installed_versions, pinned_versions

LOCK_FILE: Final = "requirements.lock"
SBOM_FILE: Final = "sbom.cdx.json"
SPEC_VERSION: Final = "1.6"
_SCHEMA: Final = f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json"
# `name==version`, a condition, then a line per hash.
_PIN: Final = re.compile(
    r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.+?))? \\\n((?: +--hash=\S+(?: \\)?\n)+)",
    re.MULTILINE,
)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pin:
    """A package of the lock."""

    name: str
    """Canonical name."""

    version: str
    """Its version."""

    condition: str
    """Where it is installed; empty for everywhere."""

    sha256: tuple[str, ...]
    """Checksum of each file of this version that may be installed."""

    @property
    def purl(self) -> str:
        """Package URL, which also identifies the package within the bill."""
        # A local version has a plus sign, which is escaped in a package URL.
        return f"pkg:pypi/{self.name}@{self.version.replace('+', '%2B')}"


def environment_lock(root: Path) -> Path | None:
    """The lock that says with which libraries a project runs; None if none does.

    Args:
        root: The project's root folder. Its own lock comes first; that of prodl counts
            if every package of it that is installed has the locked version.
    """
    own = root / LOCK_FILE
    if own.exists():
        return own
    built_in = built_in_file(LOCK_FILE)
    if not built_in.exists():
        return None
    installed = installed_versions()
    pinned = pinned_versions(built_in.read_text(encoding="utf-8"))
    differs = any(installed.get(name, pin) != pin for name, pin in pinned.items())
    return None if differs else built_in


def write_sbom(lock: Path, target: Path) -> None:
    """Write the bill of materials of a lock.

    Args:
        lock: A `requirements.lock` with hashes.
        target: The JSON file, by convention `*.cdx.json`.

    Raises:
        UsageError: If there is no such lock, or it pins nothing by hash.
    """
    try:
        text = lock.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(
            f"no {lock}: expected the lock of the environment, of which a bill of "
            "materials is made.\nIt is part of the project: git checkout "
            f"{LOCK_FILE}, or name another project in PRODL_ROOT."
        ) from None
    pins = list(_read_pins(text))
    if not pins:
        raise UsageError(
            f"{lock}: expected packages as `name==version` with hashes.\n"
            "Received none. Write it again with: make lock"
        )
    write_json(target, _document(pins, hashlib.sha256(text.encode()).hexdigest()))


def main(arguments: list[str]) -> None:
    """Write the bill of the project's lock to a file, `sbom.cdx.json` by default."""
    target = Path(arguments[0] if arguments else SBOM_FILE)
    write_sbom(project_root() / LOCK_FILE, target)


def _read_pins(text: str) -> Iterator[Pin]:
    for name, version, condition, hashes in _PIN.findall(text):
        canonical = re.sub(r"[-_.]+", "-", name).lower()
        yield Pin(canonical, version, condition, tuple(_HASH.findall(hashes)))


def _document(pins: list[Pin], lock_sha256: str) -> dict[str, Any]:
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"sha256:{lock_sha256}")
    application = {
        "type": "application",
        "bom-ref": "prodl",
        "name": "prodl",
        "properties": [{"name": "prodl:lock_sha256", "value": lock_sha256}],
    }
    return {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": application},
        "components": [_component(pin) for pin in pins],
    }


def _component(pin: Pin) -> dict[str, Any]:
    component = {
        "type": "library",
        "bom-ref": pin.purl,
        "name": pin.name,
        "version": pin.version,
        "purl": pin.purl,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.sha256],
    }
    if pin.condition:
        condition = {"name": "prodl:condition", "value": pin.condition}
        component["properties"] = [condition]
    return component


if __name__ == "__main__":
    main(sys.argv[1:])
