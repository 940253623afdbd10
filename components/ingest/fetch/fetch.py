# SPDX-License-Identifier: Apache-2.0
"""Get the raw files of a data set, from the first source that has the right bytes.

    fetch(read_source_list(root, "mnist"), "official", root / "data/raw/mnist/official")

Nothing is done where the files lie already. What counts is the sha256 of each file, so
the sources need not be trusted; a wrong file never reaches the destination.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from components.core.errors import DataNotObtainable, DataRefused, UsageError
from components.ingest.checksums import file_sha256
from components.ingest.fetch.backends import FolderOrigin, Origin, make_origin
from components.ingest.fetch.download import SourceError
from components.ingest.fetch.gutenberg_editions import find_difference, is_right
from components.ingest.fetch.partial_downloads import scratch_folder
from components.ingest.fetch.session import Workshop
from components.ingest.fetch.unlisted_sources import obtain
from components.ingest.file_manifest import files_of
from components.ingest.source_list import DataFile, SourceList, Variant


@dataclass(frozen=True)
class FetchResult:
    """What a fetch did.

    Attributes:
        destination: Folder that now holds all files of the variant.
        stored: Origin of each file that was put there, by file name; empty if all were
            there already.
    """

    destination: Path
    stored: dict[str, str]


def fetch(
    source_list: SourceList,
    variant: str,
    destination: Path,
    given: Path | None = None,
    report: Callable[[str], None] = print,
) -> FetchResult:
    """Make sure that a folder holds the raw files of a data set.

    Two fetches at once do no harm: the second waits, then finds the files.

    Args:
        source_list: The data set's files and sources.
        variant: Which variant of it.
        destination: Folder of the files, made if needed.
        given: What the user has: a folder (or a file in it) to look at before all
            sources, for files as they are or with `.gz`. For variants that are not the
            publisher's: what to take. Defaults to none.
        report: Takes one line per file or source. Defaults to `print`.

    Raises:
        DataRefused: The destination holds a wrong file; it is left as it is.
        DataNotObtainable: No source has all that is missing; each is listed with its
            reason, with the files' checksums and how to put them there by hand.
        UsageError: `given` is not there, or there is no such variant.
    """
    wanted = source_list.variant(variant)
    label = f"{source_list.dataset} ({variant})"
    if given is not None and not given.exists():
        raise UsageError(f"--from needs a folder or a file. Received {str(given)!r}.")
    if wanted.origin != "publisher":
        stored = obtain(source_list, variant, destination, given, report)
        return FetchResult(destination, stored)
    if wanted.one_of:
        wanted = replace(wanted, files=_choose(wanted, destination, given))
    from_dir = given.parent if given is not None and given.is_file() else given
    if not _missing(wanted, destination):
        report(f"{label}: present and right, nothing to do")
        _note_strangers(wanted, destination, report)
        return FetchResult(destination, {})
    with scratch_folder(destination, report) as scratch:
        workshop = Workshop(destination, scratch, report)
        missing = _missing(wanted, destination)
        reasons = _ask_all(_origins(wanted, from_dir), missing, workshop)
    missing = _not_stored(missing, workshop)
    if missing:
        raise DataNotObtainable(_how_to_help(source_list, missing, reasons))
    _note_strangers(wanted, destination, report)
    return FetchResult(destination, workshop.stored)


def _choose(
    wanted: Variant, destination: Path, given: Path | None
) -> tuple[DataFile, ...]:
    """Of several files that would do, the one that is there, or given, or the first."""
    names = {given.name} if given is not None and given.is_file() else set()
    if given is not None and given.is_dir():
        names = {path.name for path in given.iterdir()}
    if not any((destination / file.name).exists() for file in wanted.files):
        offered = [file for file in wanted.files if file.name in names]
        return tuple((offered or wanted.files)[:1])
    return files_of(wanted, destination)


def _origins(wanted: Variant, from_dir: Path | None) -> list[Origin]:
    folders: list[Origin] = [] if from_dir is None else [FolderOrigin(from_dir)]
    return folders + [make_origin(source) for source in wanted.sources]


def _ask_all(
    origins: Sequence[Origin], files: list[DataFile], workshop: Workshop
) -> list[str]:
    """Ask each origin for what the earlier ones lacked; give the reasons of failure."""
    reasons = []
    for origin in origins:
        missing = _not_stored(files, workshop)
        if not missing:
            break
        try:
            origin.deliver(missing, workshop)
        except SourceError as error:
            reasons.append(f"{origin.name}: {error}")
            workshop.report(reasons[-1])
    return reasons


def _not_stored(files: list[DataFile], workshop: Workshop) -> list[DataFile]:
    return [file for file in files if file.name not in workshop.stored]


def _missing(wanted: Variant, destination: Path) -> list[DataFile]:
    """The files that are not there; a wrong one that is there is an error."""
    missing = []
    for file in wanted.files:
        path = destination / file.name
        if not path.exists():
            missing.append(file)
        elif not is_right(path, file):
            raise DataRefused(_describe_wrong(path, file))
    return missing


def _describe_wrong(path: Path, file: DataFile) -> str:
    if file.body_sha256:
        return (
            f"{path} is {find_difference(path.read_bytes(), file)}.\n"
            "It was left as it is. Move it away, then fetch again."
        )
    return (
        f"{path} is not the file that the source list describes.\n"
        f"Expected {file.size:,} bytes with sha256 {file.sha256}.\n"
        f"Received {path.stat().st_size:,} bytes with sha256 {file_sha256(path)}.\n"
        "It was left as it is. Move it away, then fetch again."
    )


def _note_strangers(
    wanted: Variant, destination: Path, report: Callable[[str], None]
) -> None:
    names = {file.name for file in wanted.files}
    paths = destination.iterdir() if destination.is_dir() else ()
    strangers = sorted(path.name for path in paths if path.name not in names)
    if strangers:
        report(
            f"{destination} also holds {', '.join(strangers)}: not part of the data "
            "set, yet DVC will count it. Move it away."
        )


def _how_to_help(
    source_list: SourceList, missing: Sequence[DataFile], reasons: list[str]
) -> str:
    lines = [f"{source_list.dataset}: these files could not be obtained:"]
    for file in missing:
        lines.append(f"  {file.name}  {file.size:,} bytes  sha256 {file.sha256}")
    lines.append("Sources tried, in this order:" if reasons else "It has no sources.")
    lines += [f"  {reason}" for reason in reasons]
    lines += [
        "To put them there by hand, save them in a folder, as they are or with .gz:",
        f"  prodl fetch {source_list.dataset} --from FOLDER",
    ]
    return "\n".join([*lines, source_list.by_hand]).rstrip()
