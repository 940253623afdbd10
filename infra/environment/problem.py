# SPDX-License-Identifier: Apache-2.0
"""The one way in which a step of the bootstrap fails."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

TAIL_LINES = 25


class EnvironmentProblem(Exception):
    """The environment cannot be built; the message says what is missing.

    Args:
        what: What happened, what was expected and what was received.
        remedy: What to do about it, a command where there is one.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}\n  remedy: {remedy}")


def run(
    command: Sequence[str | Path],
    remedy: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run a command and return what it printed; nothing is shown unless it fails.

    Args:
        command: The program and its arguments.
        remedy: What a person can do when it fails.
        env: Its environment. Defaults to our own.
        cwd: Where it runs. Defaults to where we are.
    """
    result = subprocess.run(
        [str(part) for part in command],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        # The bootstrap's lock goes along, see `_alone` in __main__.py.
        close_fds=False,
        check=False,
    )
    if result.returncode != 0:
        tail = "\n".join(
            f"  | {line}" for line in result.stdout.splitlines()[-TAIL_LINES:]
        )
        name = Path(command[0]).name
        raise EnvironmentProblem(
            f"{name} ended with {result.returncode}, expected 0. It said:\n{tail}",
            remedy,
        )
    return result.stdout
