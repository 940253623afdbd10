# SPDX-License-Identifier: Apache-2.0
"""Processes that a test started, to be found by their command lines."""

import time
from collections.abc import Callable
from typing import TypeVar

import psutil

Found = TypeVar("Found")


def descendants(command: str) -> list[psutil.Process]:
    """Processes below this one whose command line begins with a text."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if command_line(process).startswith(command)
    ]


def command_line(process: psutil.Process) -> str:
    """Program and arguments; empty if the process has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def wait_for(find: Callable[[], Found], seconds: float = 60.0) -> Found:
    """Ask until the answer is not empty, and return it.

    Args:
        find: Asks.
        seconds: Time after which the answer must be there. Defaults to 60.
    """
    end = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < end, f"nothing found in {seconds} s"
        time.sleep(0.05)
    return found
