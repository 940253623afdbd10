# SPDX-License-Identifier: Apache-2.0
"""Mirrors of an apt archive with small packages, signed by a key of the test."""

import gzip
import hashlib
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What is needed, all of it on every Debian but gpg.
PROGRAMS = ("apt-get", "dpkg", "dpkg-deb", "gpg")
LIBRARIES = "usr/lib/x86_64-linux-gnu"


@dataclass(frozen=True)
class Key:
    """A key that signs releases."""

    home: Path
    """Folder of gpg."""

    keyring: Path
    """The public key, as apt takes it."""


def make_key(folder: Path) -> Key:
    """Make a key in a folder of its own."""
    folder.mkdir(mode=0o700)
    key = Key(folder, folder / "archive.gpg")
    _gpg(key, "--quick-generate-key", "tests@localhost", "ed25519", "sign", "never")
    _gpg(key, "--output", str(key.keyring), "--export")
    return key


def mirror(
    scratch: Path,
    suite: str,
    versions: Mapping[str, str],
    key: Key | None,
    codename: str = "",
) -> dict[str, bytes]:
    """Build the files of one suite, by the path at which a server has them.

    Args:
        scratch: Folder for building.
        suite: Name below `dists`.
        versions: Package -> version. Each package is a library that holds its version.
        key: Signs the release; None for an archive that nobody signed.
        codename: Name that the release gives itself. Defaults to `suite`.
    """
    pages, index = {}, ""
    for name, version in versions.items():
        deb = _build(scratch, name, version)
        # apt escapes other characters in an address.
        path = f"pool/{re.sub('[^A-Za-z0-9.]', '-', deb.name)}"
        content = pages[f"/{path}"] = deb.read_bytes()
        index += (
            f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
            f"Maintainer: tests\nDescription: a test\nFilename: {path}\n"
            f"Size: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n\n"
        )
    listed = {"main/binary-amd64/Packages": index.encode()}
    listed["main/binary-amd64/Packages.gz"] = gzip.compress(index.encode(), mtime=0)
    sums = [
        f" {hashlib.sha256(c).hexdigest()} {len(c)} {path}\n"
        for path, c in listed.items()
    ]
    release = (
        f"Origin: Tests\nSuite: {suite}\nCodename: {codename or suite}\n"
        "Date: Sat, 01 Nov 2025 00:00:00 UTC\nArchitectures: amd64\n"
        f"Components: main\nSHA256:\n{''.join(sums)}"
    ).encode()
    folder = f"/dists/{suite}"
    pages |= {f"{folder}/{path}": content for path, content in listed.items()}
    pages[f"{folder}/Release"] = release
    if key:
        pages[f"{folder}/InRelease"] = _gpg(key, "--clearsign", content=release)
    return pages


def _build(scratch: Path, name: str, version: str) -> Path:
    tree = scratch / f"{name}_{version.replace(':', '%')}"
    (tree / "DEBIAN").mkdir(parents=True, exist_ok=True)
    (tree / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
        "Maintainer: tests\nDescription: a test\n"
    )
    (tree / LIBRARIES).mkdir(parents=True, exist_ok=True)
    (tree / LIBRARIES / f"{name}.so.1").write_text(version)
    deb = tree.with_name(f"{tree.name}_amd64.deb")
    build = ["dpkg-deb", "-Znone", "--root-owner-group", "--build", str(tree), str(deb)]
    subprocess.run(build, check=True, capture_output=True)
    return deb


def _gpg(key: Key, *arguments: str, content: bytes = b"") -> bytes:
    options = ["--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
    command = ["gpg", "--homedir", str(key.home), *options, *arguments]
    return subprocess.run(
        command, input=content, stdout=subprocess.PIPE, check=True
    ).stdout
