# SPDX-License-Identifier: Apache-2.0
"""Errors of the bootstrap, and running commands with them."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.core.redaction import without_secrets

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
    """Run a command and return its output, which is shown only if it fails.

    Args:
        command: The program and its arguments.
        remedy: What the user can do if it fails.
        env: Its environment. Defaults to that of this process.
        cwd: Its working folder. Defaults to that of this process.
    """
    result = attempt(command, env, cwd)
    if result.returncode != 0:
        name = Path(command[0]).name
        raise EnvironmentProblem(
            f"{name} ended with {result.returncode}, expected 0. Its output:\n"
            f"{tail(result.stdout)}",
            remedy,
        )
    return result.stdout


def attempt(
    command: Sequence[str | Path],
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run a program that may fail, with its errors in its output.

    Args:
        command: The program and its arguments.
        env: Its environment. Defaults to that of this process.
        cwd: Its working folder. Defaults to that of this process.
    """
    return subprocess.run(
        [str(part) for part in command],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        # The child inherits the bootstrap's lock, see `_alone` in __main__.py.
        close_fds=False,
        check=False,
    )


def tail(output: str) -> str:
    """Return the end of a program's output, without passwords of its addresses."""
    lines = without_secrets(output).splitlines()[-TAIL_LINES:]
    return "\n".join(f"  | {line}" for line in lines)
