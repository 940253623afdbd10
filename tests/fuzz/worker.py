# SPDX-License-Identifier: Apache-2.0
"""The process that runs cases of one reader, and prints a line of JSON for each.

A case that crashes, hangs or takes too much ends the process; the campaign sees from
the last line which case it was, and starts another process behind it.
"""

import json
import os
import resource
import signal
import sys
import time
from dataclasses import asdict

from tests.fuzz.reader import CPU_SECONDS, Campaign, Case

# A case that waits ends the process, too.
WALL_SECONDS = 60


def main(name: str, seed: int, start: int, stop: int, seconds: float) -> None:
    """Run cases until `stop`, or until the time is over.

    Args:
        name: The reader.
        seed: Seed of the campaign.
        start: First case.
        stop: Case behind the last.
        seconds: Wall time.
    """
    campaign = Campaign(name, seed)
    # Readers may print; what they print is no line of ours.
    report = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    _limit_memory(campaign.module.MEMORY_MB)
    end = time.monotonic() + seconds
    for index in range(start, stop):
        if time.monotonic() > end:
            break
        print(json.dumps({"start": index}), file=report)
        print(json.dumps(asdict(run_case(campaign, index))), file=report)


def run_case(campaign: Campaign, index: int) -> Case:
    """Run one case within its limits and measure it."""
    # Making the input does not count.
    resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY,) * 2)
    content = campaign.content(index)
    _reset_peak()
    before = _cpu_seconds()
    _limit_time()
    escape = campaign.run(content)
    signal.setitimer(signal.ITIMER_REAL, 0)
    cpu, peak = _cpu_seconds() - before, _peak_mb()
    if not escape and cpu > CPU_SECONDS:
        escape = f"took {cpu:.1f} CPU seconds"
    if not escape and peak > campaign.module.MEMORY_MB:
        escape = f"took {peak:.0f} MB"
    return Case(index, cpu, peak, escape)


def _limit_memory(megabytes: int) -> None:
    used = int(_status("VmSize"))
    limit = used * 1024 + megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _limit_time() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)
    # The limit has whole seconds; what takes more than two is counted by the clock.
    soft = int(time.process_time() + CPU_SECONDS) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _cpu_seconds() -> float:
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _reset_peak() -> None:
    with open("/proc/self/clear_refs", "w") as control:
        control.write("5")


def _peak_mb() -> float:
    """Of this process in this case, or of any child process so far."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(float(_status("VmHWM")), children) / 1000


def _status(key: str) -> str:
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(key))
    return line.split()[1]


if __name__ == "__main__":
    main(
        sys.argv[1],
        int(sys.argv[2]),
        int(sys.argv[3]),
        int(sys.argv[4]),
        float(sys.argv[5]),
    )
