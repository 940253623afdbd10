# SPDX-License-Identifier: Apache-2.0
"""A container of a Pod as a process: mount and process namespaces of its own.

It ends with the process that started it, however that ends: the kernel kills `unshare`
with its parent, the first process of the namespace with `unshare`, and every other
process of the namespace with the first one.
"""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.core.errors import ProdlError, UsageError

SCRIPT: Final = Path(__file__).with_name("enter_pod.sh")
# The signal is sent when the thread ends that started the process: it must wait for it.
ENDS_WITH_PARENT: Final = ("setpriv", "--pdeathsig", "KILL")
NAMESPACES: Final = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
TIMEOUT_SECONDS: Final = 1800.0


@dataclass(frozen=True)
class Pod:
    """What runs, and what it finds."""

    name: str
    """Name, for messages and for the variables that have it."""

    command: Sequence[str]
    """Program and arguments."""

    environment: Mapping[str, str]
    """All variables."""

    mounts: Mapping[str, Path]
    """Path in the Pod -> file or folder of this machine."""

    working_folder: str = "/"
    """Path in the Pod. Defaults to its root."""

    user: str = "0:0"
    """Numbers of user and group. Defaults to root's."""

    def process(self, folder: Path) -> list[str | Path]:
        """The command by which this machine runs it.

        Args:
            folder: Folder for its root; made, and empty for everybody outside the Pod.
        """
        root = folder / "root"
        root.mkdir(parents=True, exist_ok=True)
        mounts = [part for path, own in self.mounts.items() for part in (own, path)]
        start = [*ENDS_WITH_PARENT, *NAMESPACES, SCRIPT, root, self.user]
        inside = ["env", f"--chdir={self.working_folder}", *self.command]
        return [*start, *mounts, "--", *inside]


def run_pod(
    pod: Pod, folder: Path, log: Path, timeout_seconds: float = TIMEOUT_SECONDS
) -> int:
    """Run a Pod to its end.

    Args:
        pod: The Pod.
        folder: Folder for its root; made, and empty for everybody outside the Pod.
        log: File for what it prints.
        timeout_seconds: Time after which it is killed. Defaults to 1800.

    Returns:
        Its exit code; 128 and the number of the signal that ended it.

    Raises:
        ProdlError: If it took too long.
        UsageError: If this machine cannot start it.
    """
    with log.open("wb") as stream:
        try:
            process = subprocess.Popen(
                pod.process(folder),
                env=dict(pod.environment),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        except FileNotFoundError as error:
            raise UsageError(
                f"{error.filename} is not on this machine; install util-linux."
            ) from None
        try:
            return process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            raise ProdlError(
                f"{pod.name}: stopped after {timeout_seconds:.0f} s. What it printed "
                f"last is in {log}."
            ) from None
        finally:
            process.kill()
            process.wait()
