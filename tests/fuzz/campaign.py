# SPDX-License-Identifier: Apache-2.0
"""Campaigns: worker processes, started again behind a case that ended one."""

import json
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.reader import Case

WAITED = signal.SIGALRM.name
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Result:
    """The result of a campaign."""

    name: str
    """The reader."""

    num_cases: int = 0
    """Cases that ran."""

    cpu_seconds: float = 0.0
    """CPU time of all cases."""

    slowest: Case = field(default_factory=lambda: Case(-1))
    """The case that took the most CPU time."""

    peak_mb: float = 0.0
    """Most memory of a case."""

    escapes: list[Case] = field(default_factory=list)
    """The cases that escaped."""

    def add(self, case: Case) -> None:
        """Count a case."""
        self.num_cases += 1
        self.cpu_seconds += case.cpu_seconds
        self.peak_mb = max(self.peak_mb, case.peak_mb)
        self.slowest = max(self.slowest, case, key=lambda case: case.cpu_seconds)
        if case.escape:
            self.escapes.append(case)


def run_campaign(name: str, seed: int, num_cases: int, seconds: float) -> Result:
    """Run the cases of a reader, in one process unless one of them ends it.

    Args:
        name: The reader.
        seed: Seed of corpus and cases.
        num_cases: Number of cases.
        seconds: Wall time after which no further case starts.
    """
    result = Result(name)
    end = time.monotonic() + seconds
    start, repeated = 0, -1
    while start < num_cases and time.monotonic() < end:
        case = _run_worker(result, seed, start, num_cases, end)
        if case is None:
            break
        start = case.index
        if WAITED in case.escape and case.index != repeated:
            # The clock of a machine that was suspended ends a sound case, too.
            repeated = case.index
            continue
        result.add(case)
        start += 1
    return result


def _run_worker(
    result: Result, seed: int, start: int, stop: int, end: float
) -> Case | None:
    """Run a worker; return the case that ended it, None if it came to the end."""
    command = [sys.executable, "-m", "tests.fuzz.worker", result.name]
    limits = [seed, start, stop, max(1.0, end - time.monotonic())]
    current = None
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [*command, *map(str, limits)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert process.stdout is not None
        with process:
            for line in process.stdout:
                message = json.loads(line)
                if "start" in message:
                    current = message["start"]
                else:
                    result.add(Case(**message))
                    current = None
        errors.seek(0)
        words = errors.read()
    if process.returncode and current is None:
        raise RuntimeError(f"{result.name} does not start\n{words}")
    if current is None:
        return None
    return Case(current, escape=_end_of(process.returncode, words))


def _end_of(code: int, words: str) -> str:
    """What ended a worker, with the last line that it wrote."""
    if code < 0:
        return f"the process was ended by {signal.Signals(-code).name}"
    last = (words.strip().splitlines() or [""])[-1][:300]
    return f"the process ended with exit code {code}: {last}"
