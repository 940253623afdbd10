# SPDX-License-Identifier: Apache-2.0
"""Transfer of the raw files of a data set into the pipeline, verified by checksum."""

import os
import shutil
from pathlib import Path

from components.core.errors import DataNotObtainable, DataRefused
from components.core.hashing import file_sha256
from components.ingest.acquire.dvc_pull import DvcOrigin, pull
from components.ingest.checksums import (
    combine_sha256,
    dvc_directory_md5,
)
from components.ingest.corrections import write_corrections
from components.ingest.download_sources import DataFile
from components.ingest.file_manifest import MANIFEST_FILE, expected_files
from components.ingest.gutenberg_editions import find_difference
from components.ingest.reader_options import write_reader_options
from components.ingest.readers.reader import find_reader, load_reader
from components.ingest.source_list import SourceList, raw_folder


def acquire(
    source_dir: Path,
    output_dir: Path,
    source_list: SourceList,
    variant: str,
    content_sha256: str,
    dvc_md5: str,
    origin: DvcOrigin | None = None,
) -> str:
    """Link the raw files into a folder of the pipeline and verify them there.

    Without a data folder, as on a cluster, DVC pulls them.

    Args:
        source_dir: Folder that DVC tracks.
        output_dir: Folder to fill; made if needed.
        source_list: The expected files.
        variant: Name of the variant.
        content_sha256: Expected checksum over all files. "" if the caller has neither
            the files nor their listed checksums: then the md5 is compared.
        dvc_md5: Expected md5 of the folder, as DVC computes it.
        origin: Where DVC pulls the files from if `source_dir` does not exist. Defaults
            to None: a missing folder is an error.

    Returns:
        The checksum over all files.

    Raises:
        DataNotObtainable: `source_dir` does not exist and DVC cannot get the files.
        DataRefused: A file is missing or is not the one listed, a header is wrong, or
            the checksum over all files is another one; the message names the file, what
            was expected and what was received.
    """
    _materialize(source_dir, output_dir, source_list, variant, origin)
    verify(
        output_dir,
        source_list,
        variant,
        remedy=f"{changed_files_remedy(source_list, variant)}.",
        named=source_dir if source_dir.is_dir() else output_dir,
    )
    files = expected_files(source_list.variant(variant), output_dir)
    listed = combine_sha256({file.name: _sha256(output_dir, file) for file in files})
    expected, received = content_sha256, listed
    if not content_sha256:
        expected, received = dvc_md5, dvc_directory_md5(output_dir)
    if received != expected:
        raise DataRefused(
            f"{source_list.dataset}: the files in {source_dir} changed after the "
            f"pipeline was set up.\nExpected content {expected}.\n"
            f"Received {received}. Run the same command again."
        )
    write_corrections(source_list.corrections, output_dir)
    write_reader_options(source_list, output_dir)
    load_reader(find_reader(source_list)).check_files(output_dir)
    return listed


def changed_files_remedy(source_list: SourceList, variant: str) -> str:
    """What to do with raw files that are not those that came, without a full stop.

    Args:
        source_list: The data set.
        variant: Name of the variant.
    """
    command = f"prodl fetch {source_list.dataset}"
    if source_list.variant(variant).origin == "user":
        return f"If these are your new data, take them: {command} --from PATH --replace"
    return f"Move it away and run `{command}`"


def verify(
    folder: Path,
    source_list: SourceList,
    variant: str,
    remedy: str,
    named: Path | None = None,
) -> None:
    """Check that a folder holds the expected files.

    Args:
        folder: The folder.
        source_list: The expected files.
        variant: Name of the variant.
        remedy: Advice for the message, as one or more sentences.
        named: Folder of the message, where `folder` is one of the pipeline. Defaults
            to `folder`.

    Raises:
        DataRefused: A file is missing or has other content.
    """
    wanted = source_list.variant(variant)
    is_listed = wanted.origin == "publisher"
    listing = str(source_list.path) if is_listed else MANIFEST_FILE
    for file in expected_files(wanted, folder):
        path = folder / file.name
        expected, received = _compare(path, file)
        if received != expected:
            shown = (named or folder) / file.name
            raise DataRefused(
                f"{source_list.dataset}: raw file {shown} is not the one that "
                f"{listing} lists.\nExpected {expected}.\n"
                f"Received {received}.\n{remedy}"
            )


def _compare(path: Path, file: DataFile) -> tuple[str, str]:
    """Expected and received property of a file, equal if it is the right one.

    A file of the wrong size is not hashed.
    """
    size = f"{file.size:,} bytes"
    if not path.is_file():
        return size, "no such file"
    if file.body_sha256:
        expected = f"a book with body sha256 {file.body_sha256}"
        return expected, find_difference(path.read_bytes(), file) or expected
    if path.stat().st_size != file.size:
        return size, f"{path.stat().st_size:,} bytes"
    return f"sha256 {file.sha256}", f"sha256 {file_sha256(path)}"


def _sha256(folder: Path, file: DataFile) -> str:
    """Checksum of a verified file; that of a book depends on its header."""
    return file_sha256(folder / file.name) if file.body_sha256 else file.sha256


def _materialize(
    source_dir: Path,
    output_dir: Path,
    source_list: SourceList,
    variant: str,
    origin: DvcOrigin | None,
) -> None:
    """Link or pull the files into the pipeline's folder, not yet verified."""
    output_dir.mkdir(parents=True, exist_ok=True)
    if source_dir.is_dir():
        files = expected_files(source_list.variant(variant), source_dir)
        for name in (*(file.name for file in files), MANIFEST_FILE):
            if (source_dir / name).is_file():
                _link_or_copy(source_dir / name, output_dir / name)
    elif origin:
        pull(origin, raw_folder(source_list.dataset, variant), output_dir)
    else:
        raise DataNotObtainable(
            f"{source_list.dataset}: there is no folder {source_dir}.\n"
            f"Get the data with `prodl fetch {source_list.dataset}`, or with "
            "`dvc pull` where a remote has them."
        )


def _link_or_copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), target)
    except OSError:
        # Another file system, or one without hard links.
        shutil.copyfile(source, target)
