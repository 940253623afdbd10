# SPDX-License-Identifier: Apache-2.0
"""Measure wall and CPU time of the README's commands, in a fresh clone.

    python benchmarks/commands.py                       the README's first commands
    python benchmarks/commands.py --all --keep FOLDER   every recipe, from nothing

Protocol: the commit that is checked out here is cloned; the commands run in the order
below, each in a shell of its own, with the package caches of this machine and no data.
CPU seconds are user and system time, children included.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (
    ("make setup", "the environment, from its lock"),
    ("make run", "data, training, gate, published model, report"),
    ("make run", "the same again: nothing to do"),
    ("dvc repro publish@mnist-cnn", "nothing to do"),
    ("prodl run mnist-cnn", "every step from the cache"),
    ("prodl --help", ""),
)
EVERY_RECIPE = (
    ("make setup", "the environment, from its lock"),
    ("dvc repro", "the core recipes, from nothing"),
    ("dvc repro book/dvc.yaml", "the book's other recipes"),
)


@dataclass(frozen=True)
class Cost:
    """Seconds that one command took."""

    wall: float
    cpu: float


def main() -> None:
    """Run the commands and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--keep", type=Path, help="Clone into this folder, and keep it."
    )
    parser.add_argument("--all", action="store_true", help="Make every recipe.")
    arguments = parser.parse_args()
    commands = EVERY_RECIPE if arguments.all else COMMANDS
    with tempfile.TemporaryDirectory() as scratch:
        clone = arguments.keep or Path(scratch) / "prodl"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        print("| command | what it does | s | CPU s |\n| --- | --- | --- | --- |")
        for command, what in commands:
            cost = measure(command, clone)
            print(
                f"| `{command}` | {what} | {cost.wall:.1f} | {cost.cpu:.1f} |",
                flush=True,
            )


def measure(command: str, clone: Path) -> Cost:
    """Run a command in the clone, with the clone's environment first on the path."""
    print(f"running {command}", file=sys.stderr)
    path = f"{clone / '.venv' / 'bin'}:{os.environ['PATH']}"
    # Variables of the shell must not lead the clone to another project or state.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PRODL_")}
    wall, cpu = time.monotonic(), _children_cpu_seconds()
    subprocess.run(
        command,
        shell=True,
        check=True,
        cwd=clone,
        env=kept | {"PATH": path},
        stdout=sys.stderr,
    )
    return Cost(time.monotonic() - wall, _children_cpu_seconds() - cpu)


def _children_cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
