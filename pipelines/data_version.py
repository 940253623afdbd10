# SPDX-License-Identifier: Apache-2.0
"""The data version of a run: hashes of the raw files, compared with dvc.lock.

The hashes are parameters of the graph and therefore part of TFX's cache key. The git
commit is not, because every commit would then run everything again; it goes into the
records.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.core.errors import DataNotObtainable
from components.core.yaml_files import load_yaml
from components.ingest.checksums import (
    combine_sha256,
    dvc_directory_md5,
    files_sha256,
)
from components.ingest.file_manifest import expected_files
from components.ingest.source_list import SourceList, raw_folder


@dataclass(frozen=True)
class DataVersion:
    """The exact bytes of one data set."""

    dataset: str
    """Name of the data set."""

    variant: str
    """Variant of it, the folder below `data/raw/<dataset>`."""

    folder: str
    """That folder, relative to the project's root."""

    content_sha256: str
    """Hash over the files; empty where only their md5 is known."""

    dvc_md5: str
    """The md5 that DVC gives to these files."""

    matches_dvc_lock: bool | None
    """Whether dvc.lock records the same md5; None without an entry."""


UNKNOWN_DATA: Final = DataVersion("", "", "", "", "", None)


def read_data_version(root: Path, source_list: SourceList, variant: str) -> DataVersion:
    """Hash the raw files of a data set on this machine.

    Args:
        root: The project's root folder.
        source_list: The files that must be there.
        variant: Variant of the data set.

    Raises:
        DataNotObtainable: If a file is missing, with the command that gets it.
    """
    dataset = source_list.dataset
    folder = Path(raw_folder(dataset, variant))
    files = expected_files(source_list.variant(variant), root / folder)
    names = [file.name for file in files]
    absent = [name for name in names if not (root / folder / name).is_file()]
    if absent:
        raise DataNotObtainable(
            f"data set {dataset!r}: {folder} lacks {', '.join(absent)}.\n"
            f"Get it with: prodl fetch {dataset}"
        )
    md5 = dvc_directory_md5(root / folder)
    locked = locked_md5(root, str(folder))
    return DataVersion(
        dataset=dataset,
        variant=variant,
        folder=str(folder),
        content_sha256=files_sha256(root / folder, names),
        dvc_md5=md5,
        matches_dvc_lock=None if locked is None else locked == md5,
    )


def recorded_data_version(
    root: Path, source_list: SourceList, variant: str
) -> DataVersion:
    """The data version that dvc.lock and the source list record.

    It is the version that a cluster can pull. Files with a checksum in the source list
    are not read. Without such checksums, `content_sha256` is "" unless the files on
    this machine have the md5 that dvc.lock records; the md5 decides then.

    Args:
        root: The project's root folder.
        source_list: The files of the data set.
        variant: Variant of the data set.

    Raises:
        DataNotObtainable: If dvc.lock has no entry and the files are not here either.
    """
    folder = raw_folder(source_list.dataset, variant)
    md5 = locked_md5(root, folder)
    if md5 is None:
        return read_data_version(root, source_list, variant)
    return DataVersion(
        dataset=source_list.dataset,
        variant=variant,
        folder=folder,
        content_sha256=_recorded_content(root, source_list, variant, md5),
        dvc_md5=md5,
        matches_dvc_lock=True,
    )


def _recorded_content(
    root: Path, source_list: SourceList, variant: str, md5: str
) -> str:
    """Content hash of the files with an md5; "" where it cannot be determined."""
    wanted = source_list.variant(variant)
    if wanted.origin == "publisher" and not wanted.one_of:
        return combine_sha256({file.name: file.sha256 for file in wanted.files})
    folder = root / raw_folder(source_list.dataset, variant)
    if not folder.is_dir() or dvc_directory_md5(folder) != md5:
        return ""
    return files_sha256(folder, (file.name for file in expected_files(wanted, folder)))


def locked_md5(root: Path, path: str) -> str | None:
    """The md5 that dvc.lock records for an output, or None where it has none."""
    lock = root / "dvc.lock"
    if not lock.exists():
        return None
    for stage in (load_yaml(lock).get("stages") or {}).values():
        for out in stage.get("outs", []):
            if out["path"] == path:
                return str(out.get("md5")) if out.get("md5") else None
    return None


def describe_commit(commit: str, has_changes: bool | None) -> str:
    """A commit for a page: its hash, with `, changed since` if files differ from it."""
    return f"{commit}, changed since" if commit and has_changes else commit
