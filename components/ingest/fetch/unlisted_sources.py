# SPDX-License-Identifier: Apache-2.0
"""Get a variant whose bytes cannot be listed: drawn, packed by a user, or from Kaggle.

    obtain(source_list, "synthetic", root / "data/raw/cats_dogs/synthetic", None, print)

What arrives is one archive. Its checksum is recorded beside it, and held to from then
on; the record is written first, so an archive without one was put there by somebody
and is left alone.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from components.core.errors import DataNotObtainable, DataRefused
from components.ingest.fetch.kaggle import download_competition
from components.ingest.fetch.partial_downloads import scratch_folder
from components.ingest.file_manifest import (
    RECORD_FILE,
    Record,
    describe,
    read_files_record,
    write_files_record,
)
from components.ingest.formats.archives import SUFFIXES
from components.ingest.source_list import SourceList, Variant

Report = Callable[[str], None]


@dataclass(frozen=True)
class Arrival:
    """An archive in the scratch folder, with what is to be recorded of it."""

    archive: Path
    origin: str
    left_out: tuple[str, ...] = ()


def obtain(
    source_list: SourceList,
    variant: str,
    destination: Path,
    given: Path | None,
    report: Report,
) -> dict[str, str]:
    """Make sure that a folder holds a variant whose files are recorded.

    Args:
        source_list: The data set.
        variant: Which variant of it; its `origin` is not `publisher`.
        destination: Folder of the archive, made if needed.
        given: What the user has: a folder or an archive; None to do without.
        report: Takes one line per file.

    Returns:
        Origin of each file that was put there, by file name.

    Raises:
        DataRefused: The destination holds what was not recorded; it is left as it is.
        DataNotObtainable: The user must give something, or Kaggle gives nothing.
    """
    wanted = source_list.variant(variant)
    label = f"{source_list.dataset} ({variant})"
    if _is_there(destination, wanted):
        report(f"{label}: present and right, nothing to do")
        if given is not None:
            report(f"{given} was not looked at. Move {destination} away to replace it.")
        return {}
    with scratch_folder(destination, report) as scratch:
        # Who waited for another fetch finds its files.
        if not _is_there(destination, wanted):
            arrival = _arrive(source_list, wanted, given, scratch, report)
            return _settle(arrival, destination, report)
    return {}


def _is_there(destination: Path, wanted: Variant) -> bool:
    record = read_files_record(destination)
    if record is None:
        _refuse_unrecorded(destination)
        return False
    if wanted.generator and record.origin != _words(wanted):
        # Drawn by other code, or with another seed: nothing is lost with it.
        return False
    for file in record.files:
        path = destination / file.name
        if not path.exists():
            # A fetch was interrupted, or a person wants another one.
            return False
        if describe(path) != file:
            raise DataRefused(
                f"{path} is not the file that was recorded when it arrived.\n"
                f"Expected {file.size:,} bytes with sha256 {file.sha256}.\n"
                f"It was left as it is. Move {destination} away, then fetch again."
            )
    return True


def _refuse_unrecorded(destination: Path) -> None:
    there = destination.iterdir() if destination.is_dir() else ()
    for path in there:
        if path.suffix in SUFFIXES:
            raise DataRefused(
                f"{path} did not come by a fetch: no {RECORD_FILE} is beside it.\n"
                "Expected an empty folder, or what a fetch left.\n"
                "It was left as it is. Move it away, then give it with --from."
            )


def _arrive(
    source_list: SourceList,
    wanted: Variant,
    given: Path | None,
    scratch: Path,
    report: Report,
) -> Arrival:
    if wanted.origin == "generator":
        return _draw(source_list.dataset, wanted, scratch)
    if wanted.origin == "kaggle":
        return _competition(source_list, wanted, given, scratch, report)
    if given is None:
        raise DataNotObtainable(
            f"{source_list.dataset}: these data are your own, so only you have them.\n"
            f"Give a folder, zip or tar: prodl fetch {source_list.dataset} --from PATH"
        )
    from components.ingest.formats.packing import pack

    return Arrival(pack(given, scratch), f"given by the user as {given.name}")


def _draw(dataset: str, wanted: Variant, scratch: Path) -> Arrival:
    from components.ingest.synthetic.archive import draw_album, version_of

    generator = wanted.generator
    if generator is None or generator.version != version_of(dataset):
        raise DataNotObtainable(
            f"{dataset}: the source list asks for version "
            f"{generator.version if generator else 'none'} of the generator.\n"
            f"This code draws version {version_of(dataset)}."
        )
    archive = scratch / f"{dataset}-synthetic.zip"
    pixels = draw_album(dataset, generator, archive)
    if pixels != generator.pixels_sha256:
        archive.unlink()
        raise DataNotObtainable(
            f"{dataset}: the generator drew other pixels than the source list names.\n"
            f"Expected sha256 {generator.pixels_sha256}.\nReceived {pixels}.\n"
            "If seed or number were changed on purpose, put the new checksum there."
        )
    return Arrival(archive, _words(wanted))


def _words(wanted: Variant) -> str:
    generator = wanted.generator
    return (
        f"synthetic: drawn by version {generator.version} of the generator, seed "
        f"{generator.seed}, {generator.num_items} pictures, pixels sha256 "
        f"{generator.pixels_sha256}"
        if generator
        else ""
    )


def _competition(
    source_list: SourceList,
    wanted: Variant,
    given: Path | None,
    scratch: Path,
    report: Report,
) -> Arrival:
    from components.ingest.fetch.cervix_competition import pack_competition

    if given is None:
        zipped = download_competition(source_list, wanted.competition, scratch)
        try:
            archive, left_out = pack_competition(zipped, scratch)
        except DataRefused:
            # Else the client would take it for a download that is complete.
            zipped.unlink()
            raise
        zipped.unlink()
    else:
        archive, left_out = pack_competition(given, scratch)
    for line in left_out:
        report(f"left out: {line}")
    return Arrival(archive, f"Kaggle competition {wanted.competition}", left_out)


def _settle(arrival: Arrival, destination: Path, report: Report) -> dict[str, str]:
    file = describe(arrival.archive)
    destination.mkdir(parents=True, exist_ok=True)
    write_files_record(destination, Record(arrival.origin, (file,), arrival.left_out))
    os.replace(arrival.archive, destination / file.name)
    report(f"{file.name}: {file.size:,} bytes, {arrival.origin}")
    report(f"recorded sha256 {file.sha256}")
    return {file.name: arrival.origin}
