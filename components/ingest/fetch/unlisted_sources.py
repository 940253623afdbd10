# SPDX-License-Identifier: Apache-2.0
"""Fetch a variant without listed checksums: generated, a user's own, or Kaggle's.

    fetch_unlisted(source_list, "synthetic", root / "data/raw/cats_dogs/synthetic")

The result is one archive, or the files that the modality's own reader takes. Their
checksums are recorded in a manifest beside them and checked from then on. The manifest
is written first, so an archive without a manifest was not fetched by prodl and is never
overwritten.
"""

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from components.core.errors import DataNotObtainable, DataRefused
from components.core.files import (
    remove_unfinished,
    replace_atomically,
    sync,
    sync_folder,
)
from components.ingest.corrections import write_corrections
from components.ingest.fetch.kaggle import download_competition
from components.ingest.fetch.offered import ASK_ABOVE, measure, require_room
from components.ingest.fetch.own_files import take_own_files
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
from components.ingest.reader_options import write_reader_options
from components.ingest.readers.reader import (
    READERS_BY_MODALITY,
    find_reader,
    load_reader,
)
from components.ingest.source_list import SourceList
from components.ingest.synthetic.archive import generate
from components.ingest.variant import Generator, Variant

# Takes the files and a folder; returns the archive made there, and what was left out.
Packer = Callable[[Path, Path], tuple[Path, tuple[str, ...]]]


# Called with a question before much is copied; raises if the answer is no.
Agree = Callable[[str], None]


@dataclass(frozen=True)
class NewData:
    """Files in the folder of unfinished files, with facts for their manifest."""

    files: tuple[Path, ...]
    """The files."""

    origin: str
    """Where they come from, in words."""

    left_out: tuple[str, ...] = ()
    """Files that were left out, with the reason."""


def fetch_unlisted(
    source_list: SourceList,
    variant: str,
    destination: Path,
    given: Path | None = None,
    report: Report = print,
    agree: Agree = lambda question: None,
    replace: bool = False,
) -> dict[str, str]:
    """Make sure that a folder holds a variant whose files a manifest records.

    Args:
        source_list: The data set.
        variant: Name of the variant; its `origin` is not `publisher`.
        destination: Folder of the archive, made if needed.
        given: A folder or archive of the user. Defaults to none.
        report: Called with one line per file. Defaults to `print`.
        agree: Called with a question before gigabytes are copied; raises if they must
            not be. Defaults to copying them.
        replace: Let the given files take the place of those that are present, at the
            end and in one step. Defaults to False.

    Returns:
        Name of each new file -> where it came from.

    Raises:
        DataRefused: The destination holds an archive that its manifest does not record;
            it is left as it is. Or the data set's reader cannot read the files.
        DataNotObtainable: The user must give files, or Kaggle's client failed.
    """
    wanted = source_list.variant(variant)
    if not replace and _is_present(destination, wanted):
        report(f"{source_list.dataset} ({variant}): present and right, nothing to do")
        if given is not None:
            way = f"Move {destination} away to replace it."
            if wanted.origin == "user":
                way = "To take it in place of what is there, add: --replace"
            report(f"{given} was not looked at. {way}")
        return {}
    with open_session(destination, report) as session:
        _finish_replacement(destination, session.partial_dir)
        # Another fetch may have finished while this one waited.
        if not replace and _is_present(destination, wanted):
            return {}
        if read_manifest(destination) is None:
            _refuse_foreign_archive(destination, wanted.origin == "user")
        if given is not None:
            _ask(given, session.partial_dir, agree)
        # A folder of its own: nothing of it stays after an error.
        with TemporaryDirectory(dir=session.partial_dir) as folder:
            new = _make(source_list, wanted, given, session.partial_dir, Path(folder))
            for line in new.left_out:
                report(f"left out: {line}")
            if not destination.exists() or not replace:
                return _install(new, destination, report)
            # The new folder takes the place of the old one as a whole.
            with replace_atomically(destination, session.partial_dir) as unfinished:
                return _install(new, unfinished, report)


def _finish_replacement(destination: Path, partial_dir: Path) -> None:
    """Give back the folder that a killed fetch had moved away, but not yet replaced."""
    remove_unfinished(partial_dir)
    former = partial_dir / destination.name
    if former.is_dir() and not destination.exists():
        os.replace(former, destination)


def _is_present(destination: Path, wanted: Variant) -> bool:
    manifest = read_manifest(destination)
    if manifest is None:
        _refuse_foreign_archive(destination, wanted.origin == "user")
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
            way = f"Move {destination} away, then fetch again."
            if wanted.origin == "user":
                command = f"prodl fetch {destination.parent.name}"
                way = f"If it is your new file: {command} --from PATH --replace"
            raise DataRefused(
                f"{path} is not the file that was recorded when it arrived.\n"
                f"Expected {file.size:,} bytes with sha256 {file.sha256}.\n"
                f"It was left as it is. {way}"
            )
    return True


def _ask(given: Path, folder: Path, agree: Agree) -> None:
    """Ask before gigabytes are copied, and refuse what the disk has no room for."""
    size = measure(given)
    if size.num_bytes > ASK_ABOVE:
        agree(f"{given} holds {size}. Copy all of it?")
    require_room(size, folder)


def _refuse_foreign_archive(destination: Path, is_own: bool) -> None:
    for path in sorted(destination.iterdir()) if destination.is_dir() else ():
        if path.suffix in SUFFIXES or (is_own and not path.name.startswith(".")):
            raise DataRefused(
                f"{path} did not come by a fetch: no {MANIFEST_FILE} is beside it.\n"
                "Expected an empty folder, or what a fetch left.\n"
                "It was left as it is. Move it away, then give it with --from."
            )


def _make(
    source_list: SourceList,
    wanted: Variant,
    given: Path | None,
    partial_dir: Path,
    folder: Path,
) -> NewData:
    """Make the files in a folder that is removed afterwards.

    What a download can go on with stays in `partial_dir`.
    """
    if wanted.generator:
        drawn = generate(source_list.dataset, wanted.generator, folder)
        return NewData(drawn, _describe(wanted.generator))
    if wanted.origin == "kaggle":
        return _pack_competition(source_list, wanted, given, partial_dir, folder)
    if given is None:
        raise DataNotObtainable(
            f"{source_list.dataset}: these data are your own, so only you have them.\n"
            "Give a folder, a zip or tar, or a file: "
            f"prodl fetch {source_list.dataset} --from PATH"
        )
    return _take(source_list, given, folder)


def _take(source_list: SourceList, given: Path, folder: Path) -> NewData:
    """Take a user's own files, as the data set's reader expects them."""
    origin = f"given by the user as {given.name}"
    module = find_reader(source_list)
    if module not in READERS_BY_MODALITY.values():
        new = NewData((pack(given, folder),), origin)
    else:
        taken = take_own_files(source_list.modality, given, folder)
        new = NewData(tuple(taken.paths), origin, taken.left_out)
    write_reader_options(source_list, folder)
    write_corrections(source_list.corrections, folder)
    try:
        load_reader(module).check_files(folder)
    except DataRefused as error:
        # The folder is gone by the time that the message is read.
        raise DataRefused(str(error).replace(str(folder), str(given))) from None
    return new


def _describe(generator: Generator) -> str:
    what = f"{generator.num_items} pictures, pixels sha256 {generator.pixels_sha256}"
    if generator.content_sha256:
        what = f"{generator.num_items} items, sha256 {generator.content_sha256}"
    return (
        f"synthetic: drawn by version {generator.version} of the generator, seed "
        f"{generator.seed}, {what}"
    )


def _pack_competition(
    source_list: SourceList,
    wanted: Variant,
    given: Path | None,
    partial_dir: Path,
    folder: Path,
) -> NewData:
    pack_files = _load_packer(wanted.packer)
    origin = f"Kaggle competition {wanted.competition}"
    if given is not None:
        archive, left_out = pack_files(given, folder)
        return NewData((archive,), origin, left_out)
    zipped = download_competition(source_list, wanted.competition, partial_dir)
    try:
        archive, left_out = pack_files(zipped, folder)
    except DataRefused:
        # Kaggle's client would take the damaged zip for a complete download.
        zipped.unlink()
        raise
    zipped.unlink()
    return NewData((archive,), origin, left_out)


def _load_packer(path: str) -> Packer:
    if not path:
        return lambda source, folder: (pack(source, folder), ())
    module, _, function = path.rpartition(".")
    return cast(Packer, getattr(importlib.import_module(module), function))


def _install(new: NewData, destination: Path, report: Report) -> dict[str, str]:
    files = tuple(map(describe_file, new.files))
    destination.mkdir(parents=True, exist_ok=True)
    write_manifest(destination, Manifest(new.origin, files, new.left_out))
    for path, file in zip(new.files, files, strict=True):
        sync(path)
        os.replace(path, destination / file.name)
        report(f"{file.name}: {file.size:,} bytes, {new.origin}")
        report(f"recorded sha256 {file.sha256}")
    sync_folder(destination)
    return dict.fromkeys((file.name for file in files), new.origin)
