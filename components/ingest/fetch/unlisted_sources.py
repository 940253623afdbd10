# SPDX-License-Identifier: Apache-2.0
"""Fetch a variant without listed checksums: generated, a user's own, or Kaggle's.

    fetch_unlisted(source_list, "synthetic", root / "data/raw/cats_dogs/synthetic")

The result is one archive. Its checksum is recorded in a manifest beside it and checked
from then on. The manifest is written before the archive, so an archive without a
manifest was not fetched by prodl and is never overwritten.
"""

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from components.core.errors import DataNotObtainable, DataRefused
from components.core.files import sync, sync_folder
from components.ingest.fetch.kaggle import download_competition
from components.ingest.fetch.session import Report, open_session
from components.ingest.file_manifest import (
    MANIFEST_FILE,
    Manifest,
    describe_file,
    read_manifest,
    write_manifest,
)
from components.ingest.formats.archives import SUFFIXES
from components.ingest.formats.packing import pack
from components.ingest.source_list import SourceList
from components.ingest.synthetic.archive import generate_archive
from components.ingest.variant import Generator, Variant

# Takes the files and a folder; returns the archive made there, and what was left out.
Packer = Callable[[Path, Path], tuple[Path, tuple[str, ...]]]


@dataclass(frozen=True)
class NewArchive:
    """An archive in the folder of unfinished files, with facts for its manifest."""

    archive: Path
    """The archive."""

    origin: str
    """Where it comes from, in words."""

    left_out: tuple[str, ...] = ()
    """Files that were left out, with the reason."""


def fetch_unlisted(
    source_list: SourceList,
    variant: str,
    destination: Path,
    given: Path | None = None,
    report: Report = print,
) -> dict[str, str]:
    """Make sure that a folder holds a variant whose files a manifest records.

    Args:
        source_list: The data set.
        variant: Name of the variant; its `origin` is not `publisher`.
        destination: Folder of the archive, made if needed.
        given: A folder or archive of the user. Defaults to none.
        report: Called with one line per file. Defaults to `print`.

    Returns:
        Name of each new file -> where it came from.

    Raises:
        DataRefused: The destination holds an archive that its manifest does not record;
            it is left as it is.
        DataNotObtainable: The user must give files, or Kaggle's client failed.
    """
    wanted = source_list.variant(variant)
    if _is_present(destination, wanted):
        report(f"{source_list.dataset} ({variant}): present and right, nothing to do")
        if given is not None:
            report(f"{given} was not looked at. Move {destination} away to replace it.")
        return {}
    with open_session(destination, report) as session:
        # Another fetch may have finished while this one waited.
        if _is_present(destination, wanted):
            return {}
        new = _make_archive(source_list, wanted, given, session.partial_dir)
        for line in new.left_out:
            report(f"left out: {line}")
        return _install(new, destination, report)


def _is_present(destination: Path, wanted: Variant) -> bool:
    manifest = read_manifest(destination)
    if manifest is None:
        _refuse_foreign_archive(destination)
        return False
    if wanted.generator and manifest.origin != _describe(wanted.generator):
        # Made by another version or seed: it can be replaced without loss.
        return False
    for file in manifest.files:
        path = destination / file.name
        if not path.exists():
            # A fetch was interrupted, or the user removed the archive.
            return False
        if describe_file(path) != file:
            raise DataRefused(
                f"{path} is not the file that was recorded when it arrived.\n"
                f"Expected {file.size:,} bytes with sha256 {file.sha256}.\n"
                f"It was left as it is. Move {destination} away, then fetch again."
            )
    return True


def _refuse_foreign_archive(destination: Path) -> None:
    for path in destination.iterdir() if destination.is_dir() else ():
        if path.suffix in SUFFIXES:
            raise DataRefused(
                f"{path} did not come by a fetch: no {MANIFEST_FILE} is beside it.\n"
                "Expected an empty folder, or what a fetch left.\n"
                "It was left as it is. Move it away, then give it with --from."
            )


def _make_archive(
    source_list: SourceList, wanted: Variant, given: Path | None, folder: Path
) -> NewArchive:
    if wanted.generator:
        archive = generate_archive(source_list.dataset, wanted.generator, folder)
        return NewArchive(archive, _describe(wanted.generator))
    if wanted.origin == "kaggle":
        return _pack_competition(source_list, wanted, given, folder)
    if given is None:
        raise DataNotObtainable(
            f"{source_list.dataset}: these data are your own, so only you have them.\n"
            f"Give a folder, zip or tar: prodl fetch {source_list.dataset} --from PATH"
        )
    return NewArchive(pack(given, folder), f"given by the user as {given.name}")


def _describe(generator: Generator) -> str:
    return (
        f"synthetic: drawn by version {generator.version} of the generator, seed "
        f"{generator.seed}, {generator.num_items} pictures, pixels sha256 "
        f"{generator.pixels_sha256}"
    )


def _pack_competition(
    source_list: SourceList, wanted: Variant, given: Path | None, folder: Path
) -> NewArchive:
    pack_files = _load_packer(wanted.packer)
    origin = f"Kaggle competition {wanted.competition}"
    if given is not None:
        archive, left_out = pack_files(given, folder)
        return NewArchive(archive, origin, left_out)
    zipped = download_competition(source_list, wanted.competition, folder)
    try:
        archive, left_out = pack_files(zipped, folder)
    except DataRefused:
        # Kaggle's client would take the damaged zip for a complete download.
        zipped.unlink()
        raise
    zipped.unlink()
    return NewArchive(archive, origin, left_out)


def _load_packer(path: str) -> Packer:
    if not path:
        return lambda source, folder: (pack(source, folder), ())
    module, _, function = path.rpartition(".")
    return cast(Packer, getattr(importlib.import_module(module), function))


def _install(new: NewArchive, destination: Path, report: Report) -> dict[str, str]:
    file = describe_file(new.archive)
    destination.mkdir(parents=True, exist_ok=True)
    write_manifest(destination, Manifest(new.origin, (file,), new.left_out))
    sync(new.archive)
    os.replace(new.archive, destination / file.name)
    sync_folder(destination)
    report(f"{file.name}: {file.size:,} bytes, {new.origin}")
    report(f"recorded sha256 {file.sha256}")
    return {file.name: new.origin}
