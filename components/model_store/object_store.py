# SPDX-License-Identifier: Apache-2.0
"""Files in an object store, gs://, s3:// and minio://, through pyarrow.

Credentials come from the environment: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`,
for s3:// also `AWS_ENDPOINT_URL`; for gs:// the default ones of the machine.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.core.errors import UsageError

# Commands find published models without a store; pyarrow costs a second of start.
if TYPE_CHECKING:
    from pyarrow import fs

SCHEMES: Final = ("gs", "s3", "minio")
# The object store of a plain installation of Kubeflow Pipelines 2.16.
MINIO_ENDPOINT: Final = "http://seaweedfs.kubeflow:9000"
MINIO_VARIABLE: Final = "MINIO_ENDPOINT_URL"
# A folder that replaces all stores; `prodl emulate` sets it for the steps.
FOLDER_VARIABLE: Final = "PRODL_STORE_FOLDER"
# Servers that watch a folder of models take a version as complete with this file.
LAST_FILE: Final = "saved_model.pb"


def is_store_uri(uri: str) -> bool:
    """Return whether a text is an address in an object store, not a path."""
    return uri.partition("://")[0] in SCHEMES


def list_folders(uri: str) -> list[str]:
    """List the folders directly below an address; none if there is nothing."""
    from pyarrow import fs

    store, path = _open(uri)
    found = store.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return sorted(f.base_name for f in found if f.type == fs.FileType.Directory)


def read_file(uri: str) -> bytes | None:
    """Read a file; None if there is none."""
    store, path = _open(uri)
    try:
        with store.open_input_stream(path) as stream:
            return bytes(stream.read())
    except FileNotFoundError:
        return None


def download(uri: str, folder: Path) -> None:
    """Copy all files below an address into a folder."""
    from pyarrow import fs

    store, path = _open(uri)
    for file in store.get_file_info(fs.FileSelector(path, recursive=True)):
        if file.is_file:
            target = folder / Path(file.path).relative_to(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            with store.open_input_stream(file.path) as source:
                _copy(source, target.open("wb"))


def upload(folder: Path, uri: str) -> None:
    """Copy all files of a folder to an address, `saved_model.pb` last."""
    store, path = _open(uri)
    files = (file for file in folder.rglob("*") if file.is_file())
    for file in sorted(files, key=lambda file: (file.name == LAST_FILE, file)):
        target = f"{path}/{file.relative_to(folder).as_posix()}"
        # Only a folder in place of a store needs its folders made.
        store.create_dir(target.rpartition("/")[0], recursive=True)
        _copy(file.open("rb"), store.open_output_stream(target))


def _copy(source: Any, target: Any) -> None:
    with source, target:
        while block := source.read(1 << 20):
            target.write(block)


def _open(uri: str) -> "tuple[fs.FileSystem, str]":
    """Return the file system of an address and the path in it."""
    from pyarrow import fs

    scheme, _, path = uri.rstrip("/").partition("://")
    if scheme not in SCHEMES or not path:
        raise UsageError(
            "expected an address in an object store, such as s3://bucket/folder.\n"
            f"Received {uri!r}. Valid: {', '.join(f'{s}://' for s in SCHEMES)}."
        )
    if folder := os.environ.get(FOLDER_VARIABLE):
        return fs.LocalFileSystem(), f"{folder}/{scheme}/{path}"
    if scheme == "gs":
        return fs.GcsFileSystem(), path
    return fs.S3FileSystem(**_endpoint(endpoint_url(scheme))), path


def endpoint_url(scheme: str) -> str:
    """Return the server of s3:// or minio:// addresses; empty for Amazon's."""
    if scheme == "minio":
        return os.environ.get(MINIO_VARIABLE, MINIO_ENDPOINT)
    return os.environ.get("AWS_ENDPOINT_URL", "")


def _endpoint(url: str) -> dict[str, str]:
    if not url:
        return {}
    protocol, _, host = url.rpartition("://")
    return {"endpoint_override": host, "scheme": protocol or "https"}
