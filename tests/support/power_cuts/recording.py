# SPDX-License-Identifier: Apache-2.0
"""The file system calls of a program, from strace, replayed on a model of a disk."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.power_cuts.disk import Disk, File, Folder, Link

CALLS = (
    *("openat", "open", "creat", "write", "pwrite64", "writev", "pwritev", "lseek"),
    *("ftruncate", "truncate", "rename", "renameat", "renameat2", "unlink", "unlinkat"),
    *("mkdir", "mkdirat", "rmdir", "fsync", "fdatasync", "sendfile"),
    *("copy_file_range", "link", "linkat", "symlink", "symlinkat"),
)
# After these a power cut leaves another state of names or of synced content.
TURNS = re.compile("rename|unlink|rmdir|mkdir|fsync|fdatasync|link|truncate")

_CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (\d+)(?:<([^>]*)>)?")
_UNFINISHED = re.compile(r"^(\d+) +(.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
_OPEN_FILE = re.compile(r"^(-?\w+)<([^>]*)>")
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True)
class Call:
    """A call that succeeded."""

    name: str
    arguments: tuple[str, ...]
    result: int
    opened: str
    """Path of the file that the call opened."""


def record(
    command: list[str], folder: Path, environment: Mapping[str, str], trace: Path
) -> "subprocess.CompletedProcess[str]":
    """Run a command under strace.

    Args:
        command: The command.
        folder: Its folder.
        environment: Its variables.
        trace: File for the calls.
    """
    strace = ["strace", "-f", "-y", "-xx", "-s", "1000000000", "-o", str(trace)]
    return subprocess.run(
        [*strace, "-e", f"trace={','.join(CALLS)}", *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def read_calls(trace: Path) -> Iterator[Call]:
    """Read the calls that succeeded, in the order in which they ended."""
    unfinished: dict[str, str] = {}
    with trace.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            text = line.rstrip("\n")
            if begun := _UNFINISHED.match(text):
                unfinished[begun[1]] = text.removesuffix(" <unfinished ...>")
                continue
            if ended := _RESUMED.match(text):
                text = unfinished.pop(ended[1], "") + ended[2]
            if call := _CALL.match(text):
                name, arguments, result, opened = call.groups()
                yield Call(
                    name, tuple(arguments.split(", ")), int(result), _text(opened or "")
                )


class Replay:
    """Replays calls on a disk, as far as they touch some folders.

    Args:
        cwd: Folder of the program.
        watched: The folders.
        ignored: A folder below them, as of logs, of which nobody reads the content.
    """

    def __init__(self, cwd: Path, watched: tuple[Path, ...], ignored: Path) -> None:
        self.disk = Disk()
        self._cwd = str(cwd)
        self._watched, self._ignored = tuple(map(str, watched)), f"{ignored}/"
        # (file descriptor, path) -> place of the next write.
        self._offsets: dict[tuple[str, str], int] = {}

    def apply(self, call: Call) -> bool:
        """Replay a call; returns whether it touched a watched folder."""
        handler = getattr(self, f"_{call.name}", None)
        return bool(handler and handler(call))

    def _openat(self, call: Call) -> bool:
        flags = next(a for a in call.arguments if a.startswith("O_"))
        path = call.opened
        if not self._is_watched(path) or "O_DIRECTORY" in flags:
            return False
        if "O_CREAT" in flags or "O_TRUNC" in flags:
            self.disk.create(path, "O_TRUNC" in flags)
        file = self.disk.entries.get(path)
        if isinstance(file, File):
            start = len(file.content) if "O_APPEND" in flags else 0
            self._offsets[str(call.result), path] = start
        return isinstance(file, File)

    _open = _creat = _openat

    def _lseek(self, call: Call) -> bool:
        if opened := self._opened(call):
            self._offsets[opened] = call.result
        return opened is not None

    def _write(self, call: Call) -> bool:
        opened = self._opened(call)
        if opened is None:
            return False
        parts = _QUOTED.findall(", ".join(call.arguments[1:]))
        return self._advance(opened, b"".join(map(_bytes, parts))[: call.result])

    _writev = _write

    def _pwrite64(self, call: Call) -> bool:
        opened = self._opened(call)
        if opened is None:
            return False
        content = _bytes(_QUOTED.findall(call.arguments[1])[0])
        offset = int(call.arguments[-1])
        self.disk.file(opened[1]).write(offset, content[: call.result])
        return True

    def _sendfile(self, call: Call) -> bool:
        opened = self._opened(call)
        if opened is None:
            return False
        source = _opened_path(call.arguments[1])
        known = self.disk.contents().get(source)
        content = Path(source).read_bytes() if known is None else known
        place = self._offsets[opened]
        if shown := re.match(r"\[(\d+)\]", call.arguments[2]):
            place = int(shown[1])
        return self._advance(opened, content[place : place + call.result])

    _copy_file_range = _sendfile

    def _ftruncate(self, call: Call) -> bool:
        opened = self._opened(call)
        if opened:
            self.disk.file(opened[1]).truncate(int(call.arguments[1]))
        return opened is not None

    def _truncate(self, call: Call) -> bool:
        path = self._path(call.arguments[:1])
        if self._is_watched(path):
            self.disk.file(path).truncate(int(call.arguments[1]))
        return self._is_watched(path)

    def _fsync(self, call: Call) -> bool:
        opened = self._opened(call)
        if opened:
            self.disk.file(opened[1]).sync()
        return opened is not None

    _fdatasync = _fsync

    def _rename(self, call: Call) -> bool:
        return self._move(call.arguments[:1], call.arguments[1:2])

    def _renameat(self, call: Call) -> bool:
        return self._move(call.arguments[:2], call.arguments[2:4])

    _renameat2 = _renameat

    def _move(self, old: tuple[str, ...], new: tuple[str, ...]) -> bool:
        source, target = self._path(old), self._path(new)
        if self._is_watched(target):
            self.disk.rename(source, target)
        return self._is_watched(target)

    def _unlink(self, call: Call) -> bool:
        path = self._path(call.arguments[: 2 if "<" in call.arguments[0] else 1])
        if self._is_watched(path):
            self.disk.remove(path)
        return self._is_watched(path)

    _unlinkat = _rmdir = _unlink

    def _mkdir(self, call: Call) -> bool:
        path = self._path(call.arguments[: 2 if "<" in call.arguments[0] else 1])
        if self._is_watched(path):
            self.disk.entries[path] = Folder()
        return self._is_watched(path)

    _mkdirat = _mkdir

    def _link(self, call: Call) -> bool:
        old, new = call.arguments[:1], call.arguments[1:2]
        if call.name == "linkat":
            old, new = call.arguments[:2], call.arguments[2:4]
        source, path = self._path(old), self._path(new)
        if self._is_watched(path):
            if source not in self.disk.entries:
                # A file that was there before the program began.
                content = Path(source).read_bytes()
                self.disk.entries[source] = File(bytearray(content), content)
            self.disk.entries[path] = self.disk.entries[source]
        return self._is_watched(path)

    _linkat = _link

    def _symlink(self, call: Call) -> bool:
        path = self._path(call.arguments[1:3])
        if self._is_watched(path):
            self.disk.entries[path] = Link(_text(_QUOTED.findall(call.arguments[0])[0]))
        return self._is_watched(path)

    _symlinkat = _symlink

    def _advance(self, opened: tuple[str, str], content: bytes) -> bool:
        offset = self._offsets[opened]
        self.disk.file(opened[1]).write(offset, content)
        self._offsets[opened] = offset + len(content)
        return True

    def _opened(self, call: Call) -> tuple[str, str] | None:
        """File descriptor and path of the first argument, if it is a watched file."""
        found = _OPEN_FILE.match(call.arguments[0])
        key = (found[1], _text(found[2])) if found else ("", "")
        return key if key in self._offsets and key[1] in self.disk.entries else None

    def _path(self, arguments: tuple[str, ...]) -> str:
        """Path of an argument, relative to the folder that the one before it opened."""
        name = _text(_QUOTED.findall(arguments[-1])[0])
        base = _opened_path(arguments[0]) if len(arguments) > 1 else self._cwd
        return str(Path(base or self._cwd, name))

    def _is_watched(self, path: str) -> bool:
        if path.startswith(self._ignored):
            return False
        return any(path == w or path.startswith(f"{w}/") for w in self._watched)


def _opened_path(argument: str) -> str:
    found = _OPEN_FILE.match(argument)
    return _text(found[2]) if found else ""


def _bytes(quoted: str) -> bytes:
    return bytes.fromhex(quoted.replace("\\x", ""))


def _text(quoted: str) -> str:
    return _bytes(quoted).decode("utf-8", "surrogateescape")
