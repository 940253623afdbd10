# SPDX-License-Identifier: Apache-2.0
"""Servers that live as long as a block, and never longer than this process."""

import ctypes
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1
SECONDS_TO_STOP: Final = 5.0
TAIL_LINES: Final = 15
_LIBC: Final = ctypes.CDLL(None)


class ServerFailed(Exception):
    """A server ended or did not answer; the message has the end of its log."""


@dataclass
class Servers:
    """The servers of one block, which `servers` stops in reverse order."""

    folder: Path
    """Folder of their logs."""

    _running: "list[tuple[str, subprocess.Popen[bytes]]]" = field(default_factory=list)

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start a server.

        Args:
            name: Name of its log, and for messages.
            command: The program and its arguments.
            environment: Its variables. Defaults to those of this process.
        """
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                [str(part) for part in command],
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C ends the tests, which then stop their servers in order.
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self._running.append((name, process))

    def log(self, name: str) -> Path:
        """Path of a server's log."""
        return self.folder / f"{name}.log"

    def wait(self, name: str, answers: Callable[[], bool], seconds: float) -> None:
        """Wait until a server answers.

        Args:
            name: The server.
            answers: Whether it does; called until it returns True.
            seconds: The longest wait.

        Raises:
            ServerFailed: A server ended, or this one does not answer in time.
        """
        limit = time.monotonic() + seconds
        while not answers():
            for other, process in self._running:
                if process.poll() is not None:
                    raise self._failed(other, f"ended with {process.returncode}")
            if time.monotonic() > limit:
                raise self._failed(name, f"does not answer after {seconds:.0f} s")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop all, the last one first."""
        while self._running:
            _, process = self._running.pop()
            process.terminate()
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _failed(self, name: str, what: str) -> ServerFailed:
        return ServerFailed(f"{name} {what}.\n{last_lines(self.log(name))}")


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """Stop servers at the end of the block.

    Args:
        folder: Folder of their logs, which is made if needed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    started = Servers(folder)
    try:
        yield started
    finally:
        started.stop()


def last_lines(log: Path, count: int = TAIL_LINES) -> str:
    """Return the end of a server's log.

    Args:
        log: Its path.
        count: Lines at most. Defaults to 15.
    """
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-count:])


def free_ports(count: int) -> list[int]:
    """Ports on loopback on which nothing listens now.

    Args:
        count: How many.
    """
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(listener.getsockname()[1]) for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


def die_with_parent() -> None:
    """Let the kernel kill this process when the thread that started it ends (Linux).

    Called in a child before its program starts.
    """
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
