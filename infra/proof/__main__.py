# SPDX-License-Identifier: Apache-2.0
"""Prove the cluster against a real control plane: `make proof`.

    python -m infra.proof                    build what is missing, run the tests
    python -m infra.proof --build etcd ...   build these modules only
    python -m infra.proof --image            build the image of the steps too
    python -m infra.proof -- -k quota        options for pytest after two dashes

Exit status: 0 if all is proven, and where Go or a module cannot be had, which is said
with the reason; 1 if a build or a test failed.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from infra.image import build as image
from infra.proof.build import BuildFailed, build_all
from infra.proof.processes import die_with_parent
from infra.proof.programs import NAMES, ROOT, NoGo

# Two workers, each with a control plane of its own: much of the time is waiting.
WORKERS: Final = ("-n2", "--dist=loadfile")
PYTEST: Final = ("-m", "pytest", "-m", "proof", *WORKERS, "tests/proof")


def main(arguments: Sequence[str]) -> int:
    """Build, test, and say what it took.

    Args:
        arguments: Arguments of the command line.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.proof")
    parser.add_argument(
        "--build", nargs="+", choices=NAMES, help="build these modules and stop"
    )
    parser.add_argument(
        "--image", action="store_true", help="build the image of the steps as well"
    )
    parser.add_argument("options", nargs="*", help="options for pytest, after --")
    asked = parser.parse_args(arguments)
    start = Spent.until_now()
    try:
        built = build_all(_say, asked.build or NAMES)
    except NoGo as reason:
        _say(f"skipped, not proven: {reason}")
        return 0
    except BuildFailed as error:
        _say(str(error))
        return 1
    if asked.build:
        return 0
    if asked.image and image.main([]):
        return 1
    before_tests = Spent.until_now()
    command = [sys.executable, *PYTEST, *asked.options]
    status = subprocess.run(command, cwd=ROOT, preexec_fn=die_with_parent)
    new = sum(entry.seconds > 0 for entry in built)
    size = sum(entry.megabytes for entry in built)
    _say(
        f"programs {size:.0f} MB in .tools/proof, {new} of {len(built)} modules built "
        f"in {before_tests.since(start)}; tests {Spent.until_now().since(before_tests)}"
    )
    return min(status.returncode, 1)


@dataclass(frozen=True)
class Spent:
    """Minutes spent, by the clock and by the processors.

    Where other work shares the machine, only the second says what a command costs.
    """

    wall: float
    """Minutes of the clock, from any start."""

    cpu: float
    """CPU minutes of all commands that have ended."""

    @classmethod
    def until_now(cls) -> "Spent":
        """What was spent so far."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return cls(time.monotonic() / 60, (usage.ru_utime + usage.ru_stime) / 60)

    def since(self, start: "Spent") -> str:
        """The difference in words."""
        return f"{self.wall - start.wall:.1f} min ({self.cpu - start.cpu:.1f} CPU min)"


def _say(line: str) -> None:
    print(f"proof  {line}", flush=True)


if __name__ == "__main__":
    # A shell may rightly end before the command that it started; make does not.
    if "MAKELEVEL" in os.environ:
        die_with_parent()
    sys.exit(main(sys.argv[1:]))
