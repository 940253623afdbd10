# SPDX-License-Identifier: Apache-2.0
"""Files in an object store, gs://, s3:// and minio://, through pyarrow.

Credentials come from the environment: `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`,
with `AWS_REGION` where the server asks for one; for gs:// the default ones of the
machine. The server of s3:// is `AWS_ENDPOINT_URL`, or Amazon's; that of minio:// is
`MINIO_ENDPOINT_URL`, or the one of a plain installation of Kubeflow Pipelines.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from components.core.errors import UsageError
from components.core.redaction import without_password

# Commands find published models without a store; pyarrow costs a second of start.
if TYPE_CHECKING:
    from pyarrow import fs

SCHEMES: Final = ("gs", "s3", "minio")
# Scheme -> variable with its server.
ENDPOINT_VARIABLES: Final = {"s3": "AWS_ENDPOINT_URL", "minio": "MINIO_ENDPOINT_URL"}
# The server of minio:// where that variable is not set: the compiler writes it into a
# specification, by the version of Kubeflow Pipelines.
DEFAULT_VARIABLE: Final = "MINIO_DEFAULT_ENDPOINT_URL"
# The same where nothing says so: a plain installation of version 2.16 or 2.17.
MINIO_ENDPOINT: Final = "http://seaweedfs.kubeflow:9000"
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
    with _answers(uri):
        found = store.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return sorted(f.base_name for f in found if f.type == fs.FileType.Directory)


def read_file(uri: str) -> bytes | None:
    """Read a file; None if there is none."""
    store, path = _open(uri)
    try:
        with _answers(uri), store.open_input_stream(path) as stream:
            return bytes(stream.read())
    except FileNotFoundError:
        return None


def download(uri: str, folder: Path) -> None:
    """Copy all files below an address into a folder."""
    from pyarrow import fs

    store, path = _open(uri)
    with _answers(uri):
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
    with _answers(uri):
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
    """Return the server of s3:// or minio:// addresses; empty for Amazon's.

    Raises:
        UsageError: If a variable holds something else.
    """
    variable = ENDPOINT_VARIABLES[scheme]
    if scheme == "minio" and not os.environ.get(variable):
        return os.environ.get(DEFAULT_VARIABLE, MINIO_ENDPOINT)
    url = os.environ.get(variable, "")
    return check_endpoint(variable, url) if url else ""


def check_endpoint(what: str, url: str) -> str:
    """Return the address of a server.

    Args:
        what: The option or variable that it comes from, for the message.
        url: The address.

    Raises:
        UsageError: If it is none.
    """
    try:
        parts = urlsplit(url)
        is_server = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_server = False
    if (
        not is_server
        or parts.scheme not in ("http", "https")
        or (parts.path.strip("/") or parts.query or parts.fragment)
    ):
        raise UsageError(
            f"{what}: expected the address of a server, http://HOST:PORT or "
            f"https://HOST.\nReceived {without_password(url)!r}."
        )
    return url


def _endpoint(url: str) -> dict[str, str]:
    protocol, _, host = url.rstrip("/").partition("://")
    return {"endpoint_override": host, "scheme": protocol} if url else {}


@contextmanager
def _answers(uri: str) -> Iterator[None]:
    """Say which store did not answer, or refused, and how to name another."""
    try:
        yield
    except OSError as error:
        # Errors of files have a number, and so has an object that is not there.
        if error.errno is not None:
            raise
        scheme = uri.partition("://")[0]
        server = endpoint_url(scheme) if scheme in ENDPOINT_VARIABLES else ""
        where = f" at {without_password(server)}" if server else ""
        raise UsageError(
            f"{uri}: the store{where} did not take the request.\n{error}\nCheck the "
            "credentials (infra/pools.yaml: secret), or name the server of the store "
            "with --store-endpoint and compile again."
        ) from None
