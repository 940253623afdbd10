# SPDX-License-Identifier: Apache-2.0
"""A reader with every fault that a campaign has to find, for its test."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.fuzz.mutation import Rng

DECLARED = (ValueError,)
MEMORY_MB = 100


def _spin() -> None:
    while True:
        pass


def _remember() -> None:
    kept = [bytearray(b"x") * 20_000_000 for _ in range(20)]
    kept.clear()


def _raise(error: Exception) -> None:
    raise error


# What it does in the case of this number, and how that is reported.
FAULTS: list[tuple[Callable[[], object], str]] = [
    (lambda: _raise(KeyError("x")), "KeyError at unsound.py"),
    (lambda: _raise(ValueError("x" * 20_000)), "a message of 20,000 characters"),
    (lambda: os.kill(os.getpid(), signal.SIGSEGV), "ended by SIGSEGV"),
    (lambda: os._exit(3), "exit code 3"),
    (_spin, "ended by SIGXCPU"),
    (_remember, "MemoryError at unsound.py"),
]


def draw_corpus(rng: Rng) -> list[bytes]:
    """The number of each fault, and one of none."""
    return [bytes([number]) for number in range(len(FAULTS) + 1)]


def mutate(content: bytes, corpus: Sequence[bytes], rng: Rng) -> bytes:
    """Nothing changes."""
    return content


def run(content: bytes, folder: Path) -> None:
    """Do what the number says."""
    if content[0] < len(FAULTS):
        FAULTS[content[0]][0]()
