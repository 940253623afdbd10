# SPDX-License-Identifier: Apache-2.0
"""One variant of a data set: its files, or how they are generated or obtained."""

from dataclasses import dataclass
from typing import Literal

from components.core.checks import expect_match, expect_positive
from components.ingest.download_sources import SHA256, DataFile, DownloadSource


@dataclass(frozen=True)
class Generator:
    """Parameters of synthetic data: equal values give equal data on any machine."""

    version: int
    """Version of the generator's code; another version gives other data."""

    seed: int
    """Seed of all random numbers."""

    num_items: int
    """Number of items, without the copies and faulty ones that are added."""

    pixels_sha256: str = ""
    """Checksum of all generated pixels, before they are encoded; for pictures."""

    content_sha256: str = ""
    """Checksum of the generated files; for all other data."""

    def __post_init__(self) -> None:
        for name in ("pixels_sha256", "content_sha256"):
            rule = f"{name} must be 64 lower-case hex digits"
            expect_match(f"({SHA256})?", getattr(self, name), rule)
        if bool(self.pixels_sha256) == bool(self.content_sha256):
            raise ValueError(
                "a generator needs pixels_sha256 or content_sha256, one of them."
            )
        expect_positive(self, "num_items")


@dataclass(frozen=True)
class Variant:
    """One variant of a data set."""

    files: tuple[DataFile, ...] = ()
    """The files; empty where a manifest lists them once they were obtained."""

    sources: tuple[DownloadSource, ...] = ()
    """Places to download the files from, tried in this order."""

    one_of: bool = False
    """Whether the files are alternatives: each of them is the whole data set."""

    origin: Literal["publisher", "generator", "kaggle", "user"] = "publisher"
    """Who makes the files. Only the publisher's are listed here; those of any other
    origin are recorded in a manifest when they are obtained."""

    generator: Generator | None = None
    """For `generator`: parameters of the synthetic data."""

    competition: str = ""
    """For `kaggle`: name of the competition."""

    packer: str = ""
    """For `kaggle`: import path of the function that makes one archive of the
    competition's files. Defaults to taking Kaggle's zip as it is."""

    def __post_init__(self) -> None:
        for origin, key in (("generator", "generator"), ("kaggle", "competition")):
            if bool(getattr(self, key)) != (self.origin == origin):
                verb = "needs" if self.origin == origin else "must not have"
                raise ValueError(f"origin {self.origin!r} {verb} {key!r}.")
        if self.packer and self.origin != "kaggle":
            raise ValueError(f"origin {self.origin!r} must not have 'packer'.")
        rule = "packer must be the import path of a function below components"
        expect_match(r"(components(\.\w+){2,})?", self.packer, rule)
        if self.origin == "publisher":
            self._check_listed_files()
        elif self.files or self.sources:
            raise ValueError(
                f"origin {self.origin!r} must not have files or sources: what "
                f"arrives is recorded.\nReceived {[file.name for file in self.files]}."
            )

    def _check_listed_files(self) -> None:
        names = [file.name for file in self.files]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"files: one or more, no name twice.\nReceived {names}.")
        for source in self.sources:
            if source.members and set(source.members) != set(names):
                raise ValueError(
                    f"members of {source.archive} must name exactly the files "
                    f"{', '.join(names)}.\nReceived {', '.join(source.members)}."
                )
