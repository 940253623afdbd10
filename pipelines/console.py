# SPDX-License-Identifier: Apache-2.0
"""Output on the terminal: one line per node; library logging goes to a log file."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import click

from components.core.project import state_dir

VERBOSE = "prodl.verbose"
"""Key of click's `meta`: whether the command is to show library logs."""

NODE_WIDTH = 24
STATUS_WIDTH = 8


def _remember_verbose(
    context: click.Context, parameter: click.Parameter, verbose: bool
) -> bool:
    context.meta[VERBOSE] = verbose
    return verbose


verbose_option = click.option(
    *("-v", "--verbose"),
    is_flag=True,
    callback=_remember_verbose,
    help="Show library logs.",
)


def say(text: str) -> None:
    """Print a line for the user, at once."""
    print(text, flush=True)


def step_line(node: str, status: str, seconds: float, reason: str) -> str:
    """Format the line of one node.

    Example:
        >>> step_line("Trainer", "ran", 158.2, "learning_rate 0.004 -> 0.002")
        'Trainer                  ran       158.2 s  learning_rate 0.004 -> 0.002'
    """
    return f"{node:<{NODE_WIDTH}} {status:<{STATUS_WIDTH}} {seconds:6.1f} s  {reason}"


def log_file(name: str) -> Path:
    """File for the output that `quiet` keeps off the terminal.

    Args:
        name: Of the file, without its ending.
    """
    return state_dir() / "logs" / f"{name}.log"


def make_log_folder(log: Path) -> None:
    """Make the folder of a log file, which git ignores.

    The state folder as a whole is ignored from its first run on, which may come later.

    Args:
        log: The file.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if not (ignored := log.with_name(".gitignore")).exists():
        ignored.write_text("*\n")


@contextmanager
def quiet(log_file: Path, verbose: bool = False) -> Iterator[None]:
    """Send logging and standard error into a file while the body runs.

    Standard error is redirected at the level of the file descriptor, since TensorFlow
    and gRPC write to it from C++.

    Args:
        log_file: The file, appended to.
        verbose: Leave everything on the terminal instead. Defaults to False.
    """
    if verbose:
        yield
        return
    # The C++ side of TensorFlow writes below level 2 whatever Python's logging says.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    saved = os.dup(2)
    handlers = logging.getLogger().handlers[:]
    log = _open_log(log_file)
    os.dup2(log.fileno(), 2)
    handler = _LogHandler(log)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
    logging.getLogger().handlers[:] = [handler]
    try:
        yield
    finally:
        logging.getLogger().handlers[:] = handlers
        # What a full disk has no room for is lost.
        with suppress(OSError):
            sys.stderr.flush()
        with suppress(OSError):
            log.close()
        os.dup2(saved, 2)
        os.close(saved)


class _LogHandler(logging.StreamHandler[TextIO]):
    """A handler that drops what it cannot write, as on a full disk."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Do nothing: by default logging prints a traceback for each line."""


def _open_log(path: Path) -> TextIO:
    try:
        make_log_folder(path)
        return open(path, "a", encoding="utf-8")
    except OSError as error:
        say(f"there will be no log {path}: {error.strerror}")
        return open(os.devnull, "a", encoding="utf-8")
