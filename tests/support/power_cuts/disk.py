# SPDX-License-Identifier: Apache-2.0
"""A model of a disk: names are kept in order, content only from fsync on.

That is what a journaling file system promises: after a power cut the names are those of
some moment before it, and the content of a file that nobody synced may be lost.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal, TypeAlias

# What becomes of the content that was not synced.
Loss: TypeAlias = Literal["lost", "zeros", "some lost"]


@dataclass
class File:
    """A file, by whatever names."""

    content: bytearray = field(default_factory=bytearray)
    """What a reader sees while there is power."""

    synced: bytes = b""
    """What has reached the disk."""

    def write(self, offset: int, content: bytes) -> None:
        """Write at a place, which may be beyond the end."""
        missing = offset - len(self.content)
        self.content.extend(bytes(max(0, missing)))
        self.content[offset : offset + len(content)] = content

    def truncate(self, size: int) -> None:
        """Cut or lengthen the file."""
        self.content.extend(bytes(max(0, size - len(self.content))))
        del self.content[size:]

    def sync(self) -> None:
        """Let everything reach the disk."""
        self.synced = bytes(self.content)

    def after_cut(self, loss: Loss, random: Random) -> bytes:
        """The content that a power cut leaves."""
        content = bytes(self.content)
        if content == self.synced:
            return content
        if loss == "zeros":
            return bytes(len(content))
        if loss == "some lost" and random.random() < 0.5:
            return content
        return self.synced


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


class Folder:
    """A folder; its entries are those whose paths begin with its own."""


class Disk:
    """Files, folders and links by path."""

    def __init__(self) -> None:
        self.entries: dict[str, File | Folder | Link] = {}

    def file(self, path: str) -> File:
        """The file of a name; it must exist."""
        found = self.entries[path]
        assert isinstance(found, File), path
        return found

    def create(self, path: str, truncate: bool) -> None:
        """Open a file for writing, making it if needed."""
        if not isinstance(self.entries.get(path), File):
            self.entries[path] = File()
        elif truncate:
            self.file(path).truncate(0)

    def rename(self, old: str, new: str) -> None:
        """Give a file, or a folder with all that is below it, another name."""
        self.remove(new)
        for path in [p for p in self.entries if p == old or p.startswith(f"{old}/")]:
            self.entries[new + path[len(old) :]] = self.entries.pop(path)

    def remove(self, path: str) -> None:
        """Remove a name."""
        self.entries.pop(path, None)

    def materialize(self, loss: Loss | None, random: Random) -> None:
        """Make the entries, as a power cut leaves them, on the real disk.

        Args:
            loss: What becomes of content that was not synced; None for no cut.
            random: Draws for `some lost`.
        """
        for name, entry in sorted(self.entries.items()):
            path = Path(name)
            if path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(entry, Folder):
                path.mkdir(exist_ok=True)
            elif isinstance(entry, Link):
                os.symlink(entry.target, path)
            else:
                content = entry.after_cut(loss, random) if loss else entry.content
                path.write_bytes(content)

    def contents(self) -> dict[str, bytes]:
        """Content of the files by path."""
        files = self.entries.items()
        return {p: bytes(f.content) for p, f in files if isinstance(f, File)}
