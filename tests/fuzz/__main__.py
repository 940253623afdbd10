# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.fuzz`: campaigns of mutated input, and a table of the findings."""

import sys
from concurrent.futures import ThreadPoolExecutor

import click

from tests.fuzz.campaign import Result, run_campaign
from tests.fuzz.reader import Campaign, reader_names
from tests.fuzz.worker import run_case

HEADINGS = ("reader", "cases", "escapes", "slowest CPU s", "peak MB", "CPU hours")


@click.command()
@click.argument("names", nargs=-1, metavar="[READER]...")
@click.option("--cases", default=10_000, help="Cases of each reader [10000].")
@click.option("--seed", default=0, help="Another seed makes other cases [0].")
@click.option("--seconds", default=1e9, help="Longest wall time of a reader.")
@click.option("--workers", default=1, help="Readers at the same time [1].")
@click.option("--case", type=int, help="Run this case alone, with its traceback.")
def command(
    names: tuple[str, ...],
    cases: int,
    seed: int,
    seconds: float,
    workers: int,
    case: int | None,
) -> None:
    """Mutate input for each READER and count what is no declared error."""
    chosen = names or tuple(reader_names())
    if unknown := set(chosen) - set(reader_names()):
        raise click.UsageError(
            f"unknown: {', '.join(sorted(unknown))}. Valid: {', '.join(reader_names())}"
        )
    if case is not None:
        for name in chosen:
            repeat(name, seed, case)
        return

    def run(name: str) -> Result:
        result = run_campaign(name, seed, cases, seconds)
        print(row(result), file=sys.stderr)
        return result

    with ThreadPoolExecutor(workers) as executor:
        results = list(executor.map(run, chosen))
    print_results(results, seed)
    sys.exit(any(result.escapes for result in results))


def repeat(name: str, seed: int, index: int) -> None:
    """Run one case in this process, keep its input, show what becomes of it."""
    campaign = Campaign(name, seed)
    content = campaign.content(index)
    print(f"{name}, seed {seed}, case {index}: {len(content):,} bytes")
    print(f"begins with {content[:80]!r}")
    print(run_case(campaign, index))


def print_results(results: list[Result], seed: int) -> None:
    """Print the table, then each kind of escape with the command that repeats it."""
    print("| " + " | ".join(HEADINGS) + " |")
    print("| --- |" + " ---: |" * (len(HEADINGS) - 1))
    for result in results:
        print(row(result))
    for result in results:
        kinds = {case.escape.partition(": ")[0]: case for case in result.escapes}
        for case in kinds.values():
            again = f"--seed {seed} --case {case.index}"
            print(f"\n{result.name}: {case.escape}")
            print(f"  python -m tests.fuzz {result.name} {again}")


def row(result: Result) -> str:
    """One row of the table."""
    cells = (
        result.name,
        f"{result.num_cases:,}",
        f"{len(result.escapes):,}",
        f"{result.slowest.cpu_seconds:.2f}",
        f"{result.peak_mb:.0f}",
        f"{result.cpu_seconds / 3600:.3f}",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    command()
