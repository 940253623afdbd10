# SPDX-License-Identifier: Apache-2.0
"""CPU seconds and peak memory of everything that a block starts, workers included."""

import ctypes
import os
import resource
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS_BETWEEN_SAMPLES = 0.5
BECOME_SUBREAPER = 36


@dataclass
class Cost:
    """Cost of all processes below this one."""

    cpu_seconds: float = 0.0
    """User and system time."""

    peak_memory_gb: float = 0.0
    """Largest sum of a sample: pages that processes share count once."""


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure the block; processes that it leaves behind are killed and counted."""
    # Workers whose parent ended become children of this process, not of init.
    ctypes.CDLL(None, use_errno=True).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)
    cost, before, ended = Cost(), children_seconds(), threading.Event()
    sampler = threading.Thread(target=_sample, args=(cost, ended), daemon=True)
    sampler.start()
    try:
        yield cost
    finally:
        ended.set()
        sampler.join()
        _end_all()
        cost.cpu_seconds = children_seconds() - before


def children_seconds() -> float:
    """CPU seconds of all processes below this one that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def descendants(process: int, proc: Path = Path("/proc")) -> set[int]:
    """Find the processes below another one.

    Args:
        process: Its number.
        proc: Folder of the kernel's records. Defaults to /proc.
    """
    children: defaultdict[int, set[int]] = defaultdict(set)
    for folder in proc.iterdir():
        with suppress(OSError, ValueError):
            stat = (folder / "stat").read_text(encoding="utf-8")
            # The name, in brackets, may contain anything.
            parent = int(stat.rpartition(")")[2].split()[1])
            children[parent].add(int(folder.name))
    found: set[int] = set()
    waiting = [process]
    while waiting:
        below = children[waiting.pop()] - found
        found |= below
        waiting += below
    return found


def _sample(cost: Cost, ended: threading.Event) -> None:
    while not ended.wait(SECONDS_BETWEEN_SAMPLES):
        total = sum(map(_memory_gb, descendants(os.getpid())))
        cost.peak_memory_gb = max(cost.peak_memory_gb, total)


def _memory_gb(process: int) -> float:
    """Its share of memory: a page of two processes counts half for each."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1e6
    return 0.0


def _end_all() -> None:
    while left := descendants(os.getpid()):
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        time.sleep(0.05)
