# SPDX-License-Identifier: Apache-2.0
"""buildah, with a store of its own below `.tools`.

It builds a Dockerfile without a Docker engine. runc runs the commands: crun refuses
machines whose control groups are half version 1 and half version 2.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.environment.problem import EnvironmentProblem, attempt, run, tail

PROGRAMS = ("buildah", "runc")
# Before a command: if this process is killed, the command ends what it started.
ENDS_WITH_US = ("setpriv", "--pdeathsig", "TERM")


@dataclass(frozen=True)
class Store:
    """Images and containers below one folder."""

    folder: Path
    """Holds images, and what is written while one is built."""

    def buildah(self, *arguments: str | Path) -> list[str | Path]:
        """Return a command of buildah on this store."""
        places = ("--root", self.folder / "images", "--runroot", self.folder / "run")
        return ["buildah", "--storage-driver", "overlay", *places, *arguments]

    def call(self, *arguments: str | Path, remedy: str = "see its output") -> str:
        """Run buildah, and return its output."""
        return run(self.buildah(*arguments), remedy, self._environ()).strip()

    def has(self, image: str) -> bool:
        """Return whether the store holds an image."""
        query = self.buildah("inspect", "--type", "image", image)
        return attempt(query, self._environ()).returncode == 0

    @contextmanager
    def mounted(self, image: str) -> Iterator[Path]:
        """Mount an image for the block, and return the folder.

        Args:
            image: Its name.
        """
        container = self.call("from", "--pull-never", image)
        try:
            # runc takes no path through a symbolic link.
            yield Path(self.call("mount", container)).resolve()
        finally:
            self.call("rm", container)

    def remove(self) -> None:
        """Delete all images, and the folder."""
        if self.folder.exists():
            for words in (("rm", "--all"), ("rmi", "--all", "--force")):
                done = attempt(self.buildah(*words), self._environ())
                if done.returncode != 0:
                    raise EnvironmentProblem(
                        f"buildah {words[0]} ended with {done.returncode}.\n"
                        f"{tail(done.stdout)}",
                        f"umount what is mounted below {self.folder}, then delete it",
                    )
            shutil.rmtree(self.folder)

    def _environ(self) -> dict[str, str]:
        # Large files, which buildah writes to /var/tmp otherwise.
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        return os.environ | {"TMPDIR": str(self.folder / "tmp")}


def refuse_without_programs(*further: str) -> None:
    """Raise an error if this machine cannot build an image.

    Args:
        further: Programs that are needed beside buildah and runc.

    Raises:
        EnvironmentProblem: If a program is missing, or this user is not root.
    """
    missing = [name for name in (*PROGRAMS, *further) if shutil.which(name) is None]
    if missing:
        raise EnvironmentProblem(
            f"Expected {', '.join(missing)} on PATH. Received none of that name.",
            f"apt-get install {' '.join(missing)}, or build with Docker: "
            "see infra/image/Dockerfile",
        )
    if os.geteuid() != 0:
        raise EnvironmentProblem(
            f"Expected root, who may mount. Received user {os.geteuid()}.",
            "call it with sudo, or build with Docker: see infra/image/Dockerfile",
        )
