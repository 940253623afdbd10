# SPDX-License-Identifier: Apache-2.0
"""`prodl clean`: remove artifacts that neither the cache nor a pushed model needs.

Needed are the artifacts of the last run of each recipe and data set, and of the last
run that no gate stopped: the next run finds them in the cache. All others can be made
again.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from components.core.project import state_dir
from pipelines.console import say
from pipelines.lock import run_lock
from pipelines.run_record import RUNS_FOLDER, load_record
from pipelines.state_folder import check_place

KEPT_PUSHED = 2
KEPT_LOGS = 20
# The newest may be of a killed training that is to resume.
KEPT_CHECKPOINTS = 1
# Features of frozen backbones took minutes to compute.
KEPT_FEATURES = 3


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(yes: bool) -> None:
    """Remove what no cached or published artifact needs; shows sizes first."""
    clean(yes)


def clean(yes: bool) -> None:
    """List what is not needed, ask, and remove it.

    Args:
        yes: Do not ask.
    """
    state = state_dir()
    with run_lock(state, "prodl clean"):
        # The records of runs name what is needed by its former place.
        check_place(state)
        folders = removable(state)
        if not folders:
            say(f"nothing to remove in {state}")
            return
        sizes = {folder: _size(folder) for folder in folders}
        for folder, size in sizes.items():
            say(f"{size / 1e6:10.1f} MB  {folder.relative_to(state)}")
        say(f"{sum(sizes.values()) / 1e6:10.1f} MB  in all")
        if yes or click.confirm("Remove these?"):
            for folder in folders:
                shutil.rmtree(folder) if folder.is_dir() else folder.unlink()


def removable(state: Path) -> list[Path]:
    """Everything in the state folder that is not needed any more.

    Args:
        state: The state folder.
    """
    needed = set(_needed(state))
    stale = [path for path in _artifact_folders(state) if path not in needed]
    for pushed in sorted((state / "pushed").glob("*")):
        versions = sorted(pushed.glob("*"), key=lambda path: path.name)
        stale += versions[:-KEPT_PUSHED]
    stale += _by_age(state / "checkpoints", "*")[:-KEPT_CHECKPOINTS]
    stale += _by_age(state / "features", "*")[:-KEPT_FEATURES]
    return stale + _by_age(state / "logs", "*.log")[:-KEPT_LOGS]


def _needed(state: Path) -> Iterator[Path]:
    for path in (state / RUNS_FOLDER).glob("*.json"):
        record = load_record(state, path.stem)
        for step in record.steps if record else []:
            for uri in step.outputs.values():
                # An output parameter is a file in the folder of its artifact.
                yield Path(uri).parent if Path(uri).is_file() else Path(uri)


def _artifact_folders(state: Path) -> Iterator[Path]:
    # <pipeline root>/<node>/<output>/<execution id>
    for path in sorted((state / "artifacts").glob("*/*/*")):
        if path.is_dir() and not path.parts[-2].startswith("."):
            yield path


def _by_age(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
