# SPDX-License-Identifier: Apache-2.0
"""Addresses in an object store, and the folders of KFP's launcher for them."""

import os
from typing import Final

from tfx_kfp.errors import UnsupportedError

# Scheme of an address -> folder of KFP's launcher below the container's root.
FOLDERS: Final = {"gs": "gcs", "s3": "s3", "minio": "minio"}
# Parent of these folders, where a process is not in a container of its own.
ROOT_VARIABLE: Final = "TFX_KFP_LAUNCHER_ROOT"


def to_folder(uri: str) -> str:
    """The launcher's folder for an address; a plain path stays as it is.

    Raises:
        UnsupportedError: If the launcher has no folder for the scheme.
    """
    scheme, separator, path = uri.partition("://")
    if not separator:
        return uri
    if scheme not in FOLDERS:
        raise UnsupportedError(
            f"artifact {uri}: KFP's launcher brings what lies at "
            f"{', '.join(f'{s}://' for s in FOLDERS)}.\n"
            "Start the run with a pipeline root of one of these."
        )
    return f"{_folder_root()}{FOLDERS[scheme]}/{path}"


def to_uri(path: str) -> str:
    """The address for a path in one of the launcher's folders; others stay."""
    for scheme, folder in FOLDERS.items():
        prefix = f"{_folder_root()}{folder}/"
        if path.startswith(prefix):
            return f"{scheme}://{path.removeprefix(prefix)}"
    return path


def _folder_root() -> str:
    return os.environ.get(ROOT_VARIABLE, "/").rstrip("/") + "/"
