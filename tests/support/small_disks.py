# SPDX-License-Identifier: Apache-2.0
"""Disks that are too small, for commands in a mount namespace of their own."""

import subprocess
from functools import cache
from pathlib import Path

REASON = "needs unprivileged mount namespaces, which this machine does not allow"

_SCRIPT = """
mount -t tmpfs -o size="$1" tmpfs "$2" || exit 99
shift 2
"$@"
"""


@cache
def can_mount() -> bool:
    """Whether this user may mount a file system in a namespace."""
    try:
        probe = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        return subprocess.run(probe, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def run_on_small_disk(
    folder: Path, size: str, script: str, cwd: Path, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run a shell script for which a folder is an empty disk of a size.

    Args:
        folder: An existing folder; what it holds is hidden from the script.
        size: As `mount` wants it, `64k`.
        script: May enlarge the disk: `mount -o remount,size=1m FOLDER`.
        cwd: Folder of the script.
        environment: Variables of the script.
    """
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", _SCRIPT, "sh", size, folder, "sh", "-c", script],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )
