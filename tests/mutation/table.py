# SPDX-License-Identifier: Apache-2.0
"""The table of a campaign: mutants of each area, killed and survived."""

from collections.abc import Iterator, Sequence

from tests.mutation.campaign import Result
from tests.mutation.mutant import Mutant

HEADINGS = ("area", "mutants", "killed by fast tests", "by slow tests", "survivors")


def format_results(mutants: Sequence[Mutant], results: Sequence[Result]) -> str:
    """Word the results as a Markdown table, the shares, and every survivor."""
    pairs = list(zip(mutants, results, strict=True))
    areas = list(dict.fromkeys(mutant.area for mutant in mutants))
    rows = [[pair for pair in pairs if pair[0].area == area] for area in areas]
    lines = [
        _row(HEADINGS),
        _row(["---", *["---:"] * 3, "---"]),
        *(_row(_cells(area, row)) for area, row in zip(areas, rows, strict=True)),
        _row(_cells("**sum**", pairs)),
        "",
        *_shares(pairs),
        "",
        *_survivors(pairs),
    ]
    return "\n".join(lines)


def _cells(area: str, pairs: Sequence[tuple[Mutant, Result]]) -> list[str]:
    fast, slow = (_count(pairs, stage) for stage in ("fast", "slow"))
    survivors = [mutant.name for mutant, result in pairs if not result.killed_by]
    return [area, str(len(pairs)), str(fast), str(slow), ", ".join(survivors) or "-"]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shares(pairs: Sequence[tuple[Mutant, Result]]) -> Iterator[str]:
    """Shares of the mutants that are not proven equivalent."""
    counted = [pair for pair in pairs if not pair[0].equivalent]
    fast, slow = (_count(counted, stage) for stage in ("fast", "slow"))
    killed, total = fast + slow, max(1, len(counted))
    yield (
        f"Killed: {killed} of {len(counted)} ({killed / total:.1%}), by fast tests "
        f"{fast} ({fast / total:.1%}); equivalent: {len(pairs) - len(counted)}."
    )


def _survivors(pairs: Sequence[tuple[Mutant, Result]]) -> Iterator[str]:
    for mutant, result in pairs:
        if not result.killed_by:
            kind = "equivalent" if mutant.equivalent else "survived"
            yield f"* {mutant.name} ({kind}): {mutant.what}: {result.reason}"


def _count(pairs: Sequence[tuple[Mutant, Result]], stage: str) -> int:
    return sum(result.killed_by == stage for _, result in pairs)
