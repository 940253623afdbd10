# SPDX-License-Identifier: Apache-2.0
"""Cut the power in a run, and see whether the next one ends well.

    python -m tests.faults.power_cuts [--cuts 20] [--seed 0]

A small run is recorded with strace. Then the state folder and the outputs are rebuilt
as a power cut at some of the recorded calls may leave them, and a run starts from each.
It must end with the same metrics, or refuse with a remedy that works.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import get_args

from tests.support import preloaded
from tests.support.power_cuts.disk import Loss
from tests.support.power_cuts.recording import TURNS, Call, Replay, read_calls, record
from tests.support.project import RECIPE, Project, make_project

WATCHED = (".prodl", "reports", "metrics")
LOGS = ".prodl/logs"
METRICS = f"metrics/{RECIPE}.json"


def main(num_cuts: int, seed: int) -> int:
    """Cut the power some times; returns the number of runs that did not end well."""
    if shutil.which("strace") is None:
        sys.exit("strace is missing. Install it: apt-get install strace")
    preloaded.share_folder()
    with tempfile.TemporaryDirectory(prefix="prodl-power-") as folder:
        project = make_project(Path(folder).resolve() / "project")
        calls = _record_run(project, Path(folder) / "trace")
        expected = project.read_json(METRICS)
        turns = [n for n, call in enumerate(calls, 1) if TURNS.search(call.name)]
        print(f"{len(calls)} calls, {len(turns)} turns")
        random, failures = Random(seed), 0
        for number in sorted(random.sample(turns, num_cuts)):
            loss: Loss = random.choice(get_args(Loss))
            _cut(project, calls[:number], loss, random)
            outcome = _recover(project, expected)
            last = calls[number - 1]
            print(f"call {number} ({last.name}), {loss}: {outcome}", flush=True)
            failures += outcome.startswith("FAILED")
    return failures


def _record_run(project: Project, trace: Path) -> list[Call]:
    """Run the recipe; return its calls that touch what is watched."""
    environment = os.environ | {"PYTHONPATH": str(project.root)}
    command = [sys.executable, "-m", "pipelines", "run", RECIPE]
    completed = record(command, project.root, environment, trace)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    replay = _replay(project)
    calls = [call for call in read_calls(trace) if replay.apply(call)]
    _compare(replay, project)
    return calls


def _compare(replay: Replay, project: Project) -> None:
    """Check that the model of the disk ends as the disk did."""
    modelled = replay.disk.contents()
    for name in WATCHED:
        for path in (project.root / name).rglob("*"):
            is_file = path.is_file() and not path.is_symlink()
            if is_file and not path.is_relative_to(project.root / LOGS):
                assert path.read_bytes() == modelled.get(str(path)), path


def _replay(project: Project) -> Replay:
    watched = tuple(project.root / name for name in WATCHED)
    return Replay(project.root, watched, project.root / LOGS)


def _cut(project: Project, calls: list[Call], loss: Loss, random: Random) -> None:
    """Leave what a power cut after some calls leaves."""
    replay = _replay(project)
    for call in calls:
        replay.apply(call)
    for name in WATCHED:
        shutil.rmtree(project.root / name, ignore_errors=True)
    replay.disk.materialize(loss, random)


def _recover(project: Project, expected: object) -> str:
    """Run again, following a remedy once; the outcome in words."""
    completed = project.prodl("run", RECIPE)
    refused = completed.stderr.strip()
    if completed.returncode:
        if "Traceback" in refused or "prodl: " not in refused:
            return f"FAILED without a remedy:\n{completed.stdout}{refused}"
        (project.root / ".prodl").rename(project.root / ".prodl.old")
        completed = project.prodl("run", RECIPE)
        shutil.rmtree(project.root / ".prodl.old")
    if completed.returncode:
        return f"FAILED after the remedy:\n{completed.stdout}{completed.stderr}"
    if project.read_json(METRICS) != expected:
        return f"FAILED: other metrics: {project.read_json(METRICS)}"
    return f"refused, and well after the remedy: {refused}" if refused else "well"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    sys.exit(min(1, main(arguments.cuts, arguments.seed)))
