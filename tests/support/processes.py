# SPDX-License-Identifier: Apache-2.0
"""Processes that a test started, to be found by their command lines."""

import subprocess
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


def survivors_of_kill(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Kill a process as `kill -9` does; return what is left of those below it."""
    below = psutil.Process(process.pid).children(recursive=True)
    assert below, "it has started nothing"
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(below, timeout=10)
    return alive


def wait_for(find: Callable[[], Found], seconds: float = 180.0) -> Found:
    """Ask until the answer is not empty, and return it.

    Args:
        find: Asks.
        seconds: Time after which the answer must be there. Defaults to 180.
    """
    end = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < end, f"nothing found in {seconds} s"
        time.sleep(0.05)
    return found
