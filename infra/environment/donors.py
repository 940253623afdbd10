# SPDX-License-Identifier: Apache-2.0
"""Where a newer C runtime comes from: releases, their signatures, oldest versions.

The host names the mirror; its distribution's own keyring says what is taken from there.
Options of the host's sources (`trusted=yes`, `allow-insecure=yes`, other keys) and its
pins have no say, and a source of somebody else cannot pass the signature.
"""

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from infra.environment.problem import EnvironmentProblem

# Name of a package of the runtime -> its `version` and `sha256`.
Packages: TypeAlias = Mapping[str, Mapping[str, str]]

ELSEWHERE = "use Debian 13, Ubuntu 24.04 or newer, or the image of infra/image"


@dataclass(frozen=True)
class Donor:
    """A release with a newer C runtime than the one before it."""

    release: str
    """Its code name."""
    keyring: Path
    """The keys of its distribution's archive; no other signature counts."""
    keyring_package: str
    """The package that holds them, for messages."""
    oldest: Mapping[str, str]
    """Package -> oldest version that is accepted: a mirror may withhold newer ones, and
    what it serves is signed all the same. Raise it when a fault is fixed."""


# Host's release -> release with the libraries. Debian: the versions that were tested.
# Ubuntu: those of the release itself, not tested.
DONORS = {
    "bookworm": Donor(
        release="trixie",
        keyring=Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
        keyring_package="debian-archive-keyring",
        oldest={
            "libc6": "2.41-12+deb13u5",
            "libstdc++6": "14.2.0-19",
            "libgcc-s1": "14.2.0-19",
        },
    ),
    "jammy": Donor(
        release="noble",
        keyring=Path("/usr/share/keyrings/ubuntu-archive-keyring.gpg"),
        keyring_package="ubuntu-keyring",
        oldest={
            "libc6": "2.39-0ubuntu8",
            "libstdc++6": "14-20240412-0ubuntu1",
            "libgcc-s1": "14-20240412-0ubuntu1",
        },
    ),
}


@dataclass(frozen=True)
class Source:
    """A suite of the donor on a mirror that the host names."""

    uris: str
    """Addresses of the mirror."""
    suite: str
    """The main suite or that of security updates."""


def find_sources(text: str, is_deb822: bool, host: str, donor: str) -> list[Source]:
    """Find the host's main and security suites, with the donor's name in their place.

    Args:
        text: A file of apt's sources.
        is_deb822: Whether it is in stanzas (`.sources`) or in lines (`.list`).
        host: Code name of the host's release.
        donor: Code name to put in its place.
    """
    entries = _stanzas(text) if is_deb822 else _lines(text)
    # Of security updates: `bookworm-security`, on some mirrors `.../updates` behind it.
    wanted = re.compile(rf"{re.escape(host)}(-security\S*|/updates)?")
    return [
        Source(entry["uris"], suite.replace(host, donor, 1))
        for entry in entries
        if "main" in entry.get("components", "").split()
        for suite in entry.get("suites", "").split()
        if wanted.fullmatch(suite)
    ]


def write_sources(sources: Sequence[Source], donor: Donor, path: Path) -> None:
    """Write sources for apt that the distribution's own keys must have signed.

    Args:
        sources: The sources; of the host's entries nothing else is kept.
        donor: The release.
        path: A file that ends in `.sources`.
    """
    if not donor.keyring.is_file():
        raise EnvironmentProblem(
            f"Expected the keys of the archive in {donor.keyring}, to verify a newer C "
            "library by. Received no such file.",
            f"apt-get install {donor.keyring_package}",
        )
    stanzas = [
        f"Types: deb\nURIs: {source.uris}\nSuites: {source.suite}\nComponents: main\n"
        f"Signed-By: {donor.keyring}\n"
        for source in dict.fromkeys(sources)
    ]
    path.write_text("\n".join(stanzas), encoding="utf-8")


def verified_suites(lists: Path, donor: Donor) -> set[str]:
    """Return the suites that apt verified; refuse another release in their place.

    apt only warns if a mirror serves, under the name of one release, another one that
    the same keys signed.

    Args:
        lists: apt's lists.
        donor: The release.
    """
    suites = set()
    for path in sorted(lists.glob("*Release")):
        found = re.search(r"^Codename: (\S+)", path.read_text("utf-8"), re.MULTILINE)
        codename = found[1] if found else "no code name"
        if re.split("[-/]", codename)[0] != donor.release:
            raise EnvironmentProblem(
                f"Expected the mirror to serve {donor.release}. "
                f"Received {codename}, in {path.name}.",
                "name another mirror in /etc/apt",
            )
        # `<mirror>_dists_<suite>_InRelease`, with `_` for `/`.
        suites.add(path.name.rpartition("_dists_")[2].rpartition("_")[0])
    return suites


def check_version(package: str, version: str, donor: Donor) -> None:
    """Refuse a version that is older than the one the repository names.

    Args:
        package: Name of the package.
        version: Its version on the mirror.
        donor: The release.
    """
    oldest = donor.oldest[package]
    if _is_older(version, oldest):
        raise EnvironmentProblem(
            f"Expected {package} {oldest} of {donor.release} or newer: older ones have "
            f"known faults, or were not tested. Received {version} from the mirror.",
            "name a mirror in /etc/apt that is up to date, for example Debian's own",
        )


def is_outdated(installed: Packages | None, host: str) -> bool:
    """Return whether an installed runtime is older than the repository permits.

    Args:
        installed: The packages, as in the stamp; None if it records none.
        host: Code name of the host's release.
    """
    donor = DONORS.get(host)
    if donor is None or installed is None:
        return False
    return any(
        name not in installed or _is_older(installed[name]["version"], oldest)
        for name, oldest in donor.oldest.items()
    )


def _is_older(version: str, other: str) -> bool:
    command = ["dpkg", "--compare-versions", version, "lt", other]
    return subprocess.run(command, check=False).returncode == 0


def _lines(text: str) -> list[dict[str, str]]:
    line = re.compile(r"^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$", re.MULTILINE)
    names = ("uris", "suites", "components")
    return [dict(zip(names, m.groups(), strict=True)) for m in line.finditer(text)]


def _stanzas(text: str) -> list[dict[str, str]]:
    stanzas = [_fields(part) for part in re.split(r"\n\s*\n", text)]
    return [
        stanza
        for stanza in stanzas
        if "deb" in stanza.get("types", "").split()
        and stanza.get("enabled", "yes").lower() not in ("no", "false", "0", "off")
    ]


def _fields(stanza: str) -> dict[str, str]:
    """Fields by name in lower case; a folded value is joined by blanks."""
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            fields[name] += f" {line.strip()}"
        elif ":" in line:
            name, value = line.split(":", 1)
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields
