# SPDX-License-Identifier: Apache-2.0
"""Run a command in the image as a Pod does: as its user, with a read-only root.

runc starts it in namespaces of its own, without capabilities and without a network.
Only the listed folders can be written; each is an empty file system in memory, as an
`emptyDir` with `medium: Memory`.
"""

import json
import subprocess
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from infra.image.buildah import ENDS_WITH_US, Store

# What a step writes to beside its volumes: see docs/kubeflow.md.
WRITABLE = ("/tmp", "/home/prodl")
LIMIT_SECONDS = 3600
NAMESPACES = ("pid", "ipc", "uts", "mount", "network")
FLAGS = ("nosuid", "nodev")
Mount: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Image:
    """An image of a store, mounted."""

    root: Path
    """Folder of its files."""

    environ: Mapping[str, str]
    """Its variables."""

    user: str
    """User and group, as numbers."""

    folder: str
    """Working folder."""

    state: Path
    """Folder for runc's records of running containers."""

    def run(
        self,
        *command: str,
        writable: Sequence[str] = WRITABLE,
        shared: Mapping[str, Path] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command, and return what became of it; output and errors are apart.

        Args:
            command: Program and arguments. It is killed after an hour.
            writable: Folders that are empty and can be written. Defaults to WRITABLE.
            shared: Path in the container -> folder or file of this machine, which can
                be read alone. Defaults to none.
            environ: Variables beside those of the image. Defaults to none.
        """
        limited = ("timeout", "--signal=KILL", str(LIMIT_SECONDS), *command)
        mounted = mounts(self.user, writable, shared or {})
        config = self.config(limited, mounted, environ or {})
        name = f"prodl-{uuid.uuid4().hex[:12]}"
        runc = ["runc", "--root", str(self.state)]
        with tempfile.TemporaryDirectory() as bundle:
            text = json.dumps(config)
            Path(bundle, "config.json").write_text(text, encoding="utf-8")
            try:
                return subprocess.run(
                    [*ENDS_WITH_US, *runc, "run", "--bundle", bundle, name],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    check=False,
                )
            finally:
                delete = [*runc, "delete", "--force", name]
                subprocess.run(delete, capture_output=True, check=False)

    def config(
        self,
        command: Sequence[str],
        mounted: Sequence[Mount],
        environ: Mapping[str, str],
    ) -> dict[str, Any]:
        """Describe a container in the form of the Open Container Initiative.

        Args:
            command: Program and arguments.
            mounted: Its mounts beside those of the system.
            environ: Variables beside those of the image.
        """
        variables = {**self.environ, **environ}
        user, _, group = self.user.partition(":")
        return {
            "ociVersion": "1.0.2",
            "process": {
                "user": {"uid": int(user), "gid": int(group)},
                "args": list(command),
                "env": [f"{name}={value}" for name, value in variables.items()],
                "cwd": self.folder,
                "capabilities": {},
                "noNewPrivileges": True,
            },
            "root": {"path": str(self.root), "readonly": True},
            "hostname": "prodl",
            "mounts": [*SYSTEM, *mounted],
            "linux": {
                "namespaces": [{"type": kind} for kind in NAMESPACES],
                "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            },
        }


def open_image(store: Store, name: str, root: Path) -> Image:
    """Return a mounted image, ready to run commands in.

    Args:
        store: The store that has it.
        name: Its name.
        root: Where it is mounted.
    """
    described = json.loads(store.call("inspect", "--type", "image", name))
    config = described["OCIv1"]["config"]
    variables = dict(entry.partition("=")[::2] for entry in config["Env"])
    return Image(
        root=root,
        environ={"HOME": "/home/prodl", **variables},
        user=config["User"],
        folder=config["WorkingDir"],
        state=store.folder / "runc",
    )


def mounts(
    user: str, writable: Sequence[str], shared: Mapping[str, Path]
) -> list[Mount]:
    """Describe the mounts of a container.

    Args:
        user: User and group, who own what can be written.
        writable: Folders that are empty and can be written.
        shared: Path in the container -> folder or file of this machine.
    """
    owner, _, group = user.partition(":")
    memory = [*FLAGS, f"uid={owner}", f"gid={group}"]
    read = ["rbind", "ro", *FLAGS]
    return [
        *(_mount(path, "tmpfs", "tmpfs", *memory) for path in writable),
        *(_mount(path, "bind", str(source), *read) for path, source in shared.items()),
    ]


def _mount(path: str, kind: str, source: str, *options: str) -> Mount:
    return {
        "destination": path,
        "type": kind,
        "source": source,
        "options": list(options),
    }


SYSTEM = (
    _mount("/proc", "proc", "proc"),
    _mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755"),
    _mount("/dev/shm", "tmpfs", "shm", *FLAGS, "noexec", "mode=1777", "size=65536k"),
    _mount("/sys", "sysfs", "sysfs", *FLAGS, "noexec", "ro"),
)
