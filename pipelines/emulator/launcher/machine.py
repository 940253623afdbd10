# SPDX-License-Identifier: Apache-2.0
"""The folders of an emulated cluster, and the copies that KFP's launcher makes."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from pipelines.emulator.names import container_path, path_below


@dataclass(frozen=True)
class Machine:
    """The folders of an emulated cluster."""

    store: Path
    """In the place of the object store: `<scheme>/<bucket>/<key>`."""

    claims: Path
    """In the place of the volume claims, by name."""

    image: Path
    """In the place of the image: the project as a container has it."""

    def local(self, uri: str) -> Path:
        """The folder in the place of an address in the object store."""
        scheme, _, path = uri.partition("://")
        return path_below(self.store, scheme, path)

    def download(self, uri: str, scratch: Path) -> None:
        """Bring an artifact to the container.

        KFP 2.16 lists by prefix, without a slash at its end: `model` brings `model_run`
        beside it as well. From 2.17 on it brings the one folder.
        """
        there, here = self.local(uri), scratch_path(scratch, uri)
        if there.parent.is_dir():
            for entry in there.parent.iterdir():
                if entry.name.startswith(there.name):
                    copy_files(entry, here.with_name(entry.name))

    def upload(self, uri: str, scratch: Path) -> None:
        """Store what a container left at the place of an artifact, if it left any."""
        copy_files(scratch_path(scratch, uri), self.local(uri))


def scratch_path(scratch: Path, uri: str) -> Path:
    """The launcher's folder for an address, below the container's root."""
    return path_below(scratch, container_path(uri).lstrip("/"))


def copy_files(source: Path, target: Path) -> None:
    """Copy a file, or the files of a folder: a store knows no empty folders."""
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for file in source.rglob("*"):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
