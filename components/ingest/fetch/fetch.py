# SPDX-License-Identifier: Apache-2.0
"""Fetch the raw files of a data set from the first source with the right content.

    fetch(read_source_list(root, "mnist"), "official", root / "data/raw/mnist/official")

Files that are present are not fetched again. A file is accepted by its sha256, so the
sources need not be trusted; a wrong file never reaches the destination.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from components.core.errors import DataNotObtainable, DataRefused, UsageError
from components.core.files import require_regular_file
from components.core.hashing import file_sha256
from components.ingest.download_sources import DataFile
from components.ingest.fetch.backends import (
    Backend,
    folder_backend,
    source_backend,
)
from components.ingest.fetch.download import SourceError
from components.ingest.fetch.session import FetchSession, Report, open_session
from components.ingest.fetch.unlisted_sources import Agree, fetch_unlisted
from components.ingest.file_manifest import expected_files
from components.ingest.gutenberg_editions import find_difference, is_expected
from components.ingest.source_list import SourceList
from components.ingest.variant import Variant


@dataclass(frozen=True)
class FetchResult:
    """The result of a fetch."""

    destination: Path
    """Folder that now holds all files of the variant."""

    stored: dict[str, str]
    """Name of each new file -> where it came from; empty if all were present."""


def fetch(
    source_list: SourceList,
    variant: str,
    destination: Path,
    given: Path | None = None,
    report: Report = print,
    agree: Agree = lambda question: None,
    replace_own: bool = False,
) -> FetchResult:
    """Make sure that a folder holds the raw files of a data set.

    Of two fetches at the same time, the second waits and then finds the files.

    Args:
        source_list: The data set's files and sources.
        variant: Name of the variant.
        destination: Folder of the files, made if needed.
        given: Files of the user: a folder (or a file in it) to try before all sources,
            for files as they are or with `.gz`. If the variant is not the publisher's:
            the files to take. Defaults to none.
        report: Called with one line per file or source. Defaults to `print`.
        agree: Called with a question before gigabytes of the user's are copied; raises
            if they must not be. Defaults to copying them.
        replace_own: Let the given files take the place of the user's that are present.
            Defaults to leaving those.

    Raises:
        DataRefused: The destination holds a wrong file; it is left as it is.
        DataNotObtainable: No source has all missing files; the message has the reason
            of each source, the files' checksums and how to put them there by hand.
        UsageError: `given` does not exist, or there is no such variant, or it is not
            the user's and was to be replaced.
    """
    wanted = source_list.variant(variant)
    label = f"{source_list.dataset} ({variant})"
    if given is not None:
        _check_given(given)
    if replace_own:
        _check_replaceable(label, wanted, given)
    if wanted.origin != "publisher":
        stored = fetch_unlisted(
            source_list, variant, destination, given, report, agree, replace_own
        )
        return FetchResult(destination, stored)
    if wanted.one_of:
        wanted = replace(wanted, files=_choose_file(wanted, destination, given))
    if not _missing_files(wanted, destination):
        report(f"{label}: present and right, nothing to do")
        if given is not None:
            report(f"{given} was not looked at.")
        _report_foreign_files(wanted, destination, report)
        return FetchResult(destination, {})
    with open_session(destination, report) as session:
        missing = _missing_files(wanted, destination)
        reasons = _try_backends(_backends(wanted, given), missing, session)
    missing = _not_stored(missing, session)
    if missing:
        raise DataNotObtainable(_failure_message(source_list, missing, reasons))
    _report_foreign_files(wanted, destination, report)
    return FetchResult(destination, session.stored)


def _check_given(given: Path) -> None:
    if not given.exists():
        raise UsageError(f"--from needs a folder or a file. Received {str(given)!r}.")
    if not given.is_dir():
        require_regular_file(given)


def _check_replaceable(label: str, wanted: Variant, given: Path | None) -> None:
    if given is None:
        raise UsageError("--replace needs the new files.\nName them: --from PATH")
    if wanted.origin != "user":
        raise UsageError(
            "--replace is for data of your own (origin: user).\n"
            f"{label} has the origin {wanted.origin!r}: what it holds is known."
        )


def _choose_file(
    wanted: Variant, destination: Path, given: Path | None
) -> tuple[DataFile, ...]:
    """Of alternative files, choose the present one, the given one, or the first."""
    names = {given.name} if given is not None and given.is_file() else set()
    if given is not None and given.is_dir():
        names = {path.name for path in given.iterdir()}
    if not any((destination / file.name).exists() for file in wanted.files):
        offered = [file for file in wanted.files if file.name in names]
        return tuple((offered or wanted.files)[:1])
    return expected_files(wanted, destination)


def _backends(wanted: Variant, given: Path | None) -> list[Backend]:
    backends = [source_backend(source) for source in wanted.sources]
    if given is None:
        return backends
    return [folder_backend(given.parent if given.is_file() else given), *backends]


def _try_backends(
    backends: Sequence[Backend], files: list[DataFile], session: FetchSession
) -> list[str]:
    """Fetch from each backend what earlier ones lacked; return reasons of failure."""
    reasons = []
    for backend in backends:
        missing = _not_stored(files, session)
        if not missing:
            break
        try:
            backend.fetch(missing, session)
        except SourceError as error:
            reasons.append(f"{backend.name}: {error}")
            session.report(reasons[-1])
    return reasons


def _not_stored(files: list[DataFile], session: FetchSession) -> list[DataFile]:
    return [file for file in files if file.name not in session.stored]


def _missing_files(wanted: Variant, destination: Path) -> list[DataFile]:
    """Files that are not in the destination; a wrong file there is an error."""
    missing = []
    for file in wanted.files:
        path = destination / file.name
        if not path.exists():
            missing.append(file)
        elif not is_expected(path, file):
            raise DataRefused(_wrong_file_message(path, file))
    return missing


def _wrong_file_message(path: Path, file: DataFile) -> str:
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


def _report_foreign_files(wanted: Variant, destination: Path, report: Report) -> None:
    names = {file.name for file in wanted.files}
    paths = destination.iterdir() if destination.is_dir() else ()
    foreign = sorted(path.name for path in paths if path.name not in names)
    if foreign:
        report(
            f"{destination} also holds {', '.join(foreign)}: not part of the data "
            "set, yet DVC will count it. Move it away."
        )


def _failure_message(
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
