# SPDX-License-Identifier: Apache-2.0
"""Which bytes a run stands on: hashes of the raw files, and what dvc.lock says of them.

The hashes are parameters of the graph and so part of TFX's cache key. The git commit is
not, because every commit would then run everything again; it goes into the records.
"""

from dataclasses import dataclass
from pathlib import Path

from components.core.errors import DataNotObtainable
from components.core.records import load_yaml
from components.ingest.acquire.acquire import raw_folder
from components.ingest.checksums import (
    content_sha256,
    dvc_directory_md5,
    name_content,
)
from components.ingest.file_manifest import files_of
from components.ingest.source_list import SourceList


@dataclass(frozen=True)
class DataVersion:
    """The exact bytes of one data set.

    Attributes:
        dataset: Name of the data set.
        variant: Variant of it, the folder below `data/raw/<dataset>`.
        folder: That folder, relative to the project's root.
        content_sha256: Over the files; "" where only their md5 is known.
        dvc_md5: The address DVC gives these files.
        dvc_agrees: Whether dvc.lock names the same address; None without an entry.
    """

    dataset: str
    variant: str
    folder: str
    content_sha256: str
    dvc_md5: str
    dvc_agrees: bool | None


def read_data_version(root: Path, source_list: SourceList, variant: str) -> DataVersion:
    """Hash the raw files of a data set as they lie there.

    Args:
        root: The project's root folder.
        source_list: The files that must be there.
        variant: Variant of the data set.

    Raises:
        DataNotObtainable: If a file is missing, with the command that gets it.
    """
    dataset = source_list.dataset
    folder = Path(raw_folder(dataset, variant))
    files = files_of(source_list.variant(variant), root / folder)
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
        content_sha256=content_sha256(root / folder, names),
        dvc_md5=md5,
        dvc_agrees=None if locked is None else locked == md5,
    )


def recorded_data_version(
    root: Path, source_list: SourceList, variant: str
) -> DataVersion:
    """The data version that dvc.lock and the source list name, whatever lies here.

    It is what a cluster can pull, and costs no reading of files that are listed. What
    is recorded on arrival is listed nowhere: without the files, or with others than
    dvc.lock names, `content_sha256` is "" and the md5 decides.

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
        dvc_agrees=True,
    )


def _recorded_content(
    root: Path, source_list: SourceList, variant: str, md5: str
) -> str:
    """Content of the files that DVC calls by an md5, "" where that cannot be told."""
    wanted = source_list.variant(variant)
    if wanted.origin == "publisher" and not wanted.one_of:
        return name_content({file.name: file.sha256 for file in wanted.files})
    folder = root / raw_folder(source_list.dataset, variant)
    if not folder.is_dir() or dvc_directory_md5(folder) != md5:
        return ""
    return content_sha256(folder, (file.name for file in files_of(wanted, folder)))


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
    """Word a commit: its hash, with `, changed since` if files differ from it."""
    return f"{commit}, changed since" if commit and has_changes else commit
