# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.mutation`: show mutants of the code to the tests, print a table.

    python -m tests.mutation --named                 all named mutants
    python -m tests.mutation --only G1 --only P7     these
    python -m tests.mutation --drawn 100 --seed 0    a hundred drawn ones

All named mutants take a quarter of an hour on two cores. A campaign goes on where it
was stopped; --results names another file to keep its state in.
"""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import click

from tests.mutation.campaign import Campaign, Result, Results
from tests.mutation.drawing import draw_mutants
from tests.mutation.modules import drawn_files
from tests.mutation.mutant import Mutant, StaleMutant, read_catalogue
from tests.mutation.table import format_results
from tests.mutation.workplace import ROOT, CampaignError, open_workplace
from tests.support import preloaded

RESULTS = Path(tempfile.gettempdir()) / "prodl-mutation.json"


@click.command()
@click.option("--named", is_flag=True, help="All named mutants.")
@click.option("--drawn", default=0, help="Number of mutants to draw [0].")
@click.option("--seed", default=0, help="Seed of the draw [0].")
@click.option("--only", multiple=True, metavar="NAME", help="This named mutant alone.")
@click.option("--fast-only", is_flag=True, help="Leave out the slow tests.")
@click.option("--jobs", default=1, help="Mutants at the same time [1].")
@click.option(
    "--results",
    default=RESULTS,
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"File with the state of the campaign [{RESULTS}].",
)
def command(
    named: bool,
    drawn: int,
    seed: int,
    only: tuple[str, ...],
    fast_only: bool,
    jobs: int,
    results: Path,
) -> None:
    """Show mutants of the code to the tests, and print which were killed."""
    mutants = _choose(named, drawn, seed, only)
    try:
        outcomes = _run(mutants, results, fast_only, jobs)
    except (StaleMutant, CampaignError) as error:
        raise click.ClickException(str(error)) from None
    print(format_results(mutants, outcomes))
    survivors = (not result.killed_by for result in outcomes)
    proven = (bool(mutant.equivalent) for mutant in mutants)
    sys.exit(any(s and not p for s, p in zip(survivors, proven, strict=True)))


def _choose(named: bool, drawn: int, seed: int, only: tuple[str, ...]) -> list[Mutant]:
    catalogue = read_catalogue()
    if unknown := set(only) - {mutant.name for mutant in catalogue}:
        raise click.UsageError(f"no such mutant: {', '.join(sorted(unknown))}.")
    chosen = [m for m in catalogue if named or m.name in only]
    if drawn:
        chosen += draw_mutants(ROOT, drawn_files(ROOT), drawn, seed)
    if not chosen:
        raise click.UsageError("say which mutants: --named, --only NAME or --drawn N.")
    return chosen


def _run(
    mutants: Sequence[Mutant], results: Path, fast_only: bool, jobs: int
) -> list[Result]:
    # As tests/conftest.py does, before the server of the tests imports TensorFlow.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    preloaded.share_folder()
    preloaded.environment()
    # A campaign that is ended removes its copies of the tree.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    kept, stop = Results(results), threading.Event()
    with ExitStack() as stack:
        places = [stack.enter_context(open_workplace()) for _ in range(jobs)]
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        stack.callback(stop.set)
        campaigns = [
            Campaign(place, kept, fast_only, _report, stop) for place in places
        ]
        futures = [
            pool.submit(campaign.run, mutants[part::jobs])
            for part, campaign in enumerate(campaigns)
        ]
        found = {result.name: result for done in futures for result in done.result()}
    return [found[mutant.name] for mutant in mutants]


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    command()
