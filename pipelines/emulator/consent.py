# SPDX-License-Identifier: Apache-2.0
"""The user's consent to the commands of a specification from elsewhere."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from components.core.errors import UsageError
from components.core.shortening import printable
from pipelines.console import say
from pipelines.emulator.launcher.environment import secret_variables
from pipelines.kubeflow.spec import Specification


def ask_to_execute(specification: Specification, path: Path) -> None:
    """Ask whether the commands of a specification may run on this machine.

    Args:
        specification: The pipeline.
        path: Its file, for the message.

    Raises:
        UsageError: If the answer is no, or nobody can be asked; the message has the
            commands.
    """
    commands = "\n".join(_commands(specification))
    what = (
        f"{path} is not a file that this project compiled, or it was edited since. "
        f"These commands would run here, with your rights:\n{commands}"
    )
    if not sys.stdin.isatty():
        raise UsageError(
            f"{what}\nNobody can be asked without a terminal. Read the commands, then "
            "repeat with --yes; or give a recipe, which is compiled first."
        )
    # click's prompt goes to standard error, which is in the log file meanwhile.
    say(f"{what}\nRun them? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError(f"{path}: not executed.")


def _commands(specification: Specification) -> Iterator[str]:
    """The whole command line of each step, with the variables that it gets."""
    for task in specification.order:
        container = specification.containers[task]
        variables = [f"{variable.name}={variable.value}" for variable in container.env]
        command = shlex.join([*variables, *container.command, *container.args])
        secrets = ", ".join(secret_variables(specification.placements[task]))
        given = f" (gets {secrets} of this shell)" if secrets else ""
        yield f"  {task}{given}: {printable(command)}"
