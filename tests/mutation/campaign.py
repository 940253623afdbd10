# SPDX-License-Identifier: Apache-2.0
"""A campaign: mutants one after another, fast tests first, then the slow ones."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Literal

from components.core.json_files import write_json
from tests.mutation.mutant import Mutant
from tests.mutation.workplace import CampaignError, TestRun, Workplace

Stage = Literal["fast", "slow", ""]
FAST: Final = "not slow"
SLOW: Final = "slow"
# A mutant may make the tests slower; an endless loop ends here.
LIMIT_FACTOR: Final = 5.0
LEAST_LIMIT: Final = 60.0
MOST_SECONDS: Final = 1200.0


@dataclass(frozen=True)
class Result:
    """What became of a mutant."""

    name: str
    """Its name."""

    digest: str
    """Hash of the mutant and its tests."""

    killed_by: Stage
    """Tests that noticed it: `fast` or `slow`; empty for a survivor."""

    reason: str
    """The failed test, or the tests that it survived."""

    seconds: float
    """Wall time of all runs."""


@dataclass
class Campaign:
    """Runs mutants in one workplace, and keeps the results in a file."""

    place: Workplace
    """Copy of the tree."""

    results_file: Path
    """JSON file of the results; a stopped campaign goes on from it."""

    fast_only: bool = False
    """Whether survivors of the fast tests are left as they are."""

    _limits: dict[tuple[tuple[str, ...], str], float] = field(default_factory=dict)

    def run(
        self, mutants: Sequence[Mutant], report: Callable[[str], None]
    ) -> list[Result]:
        """Run mutants, but those whose result is known.

        Args:
            mutants: The mutants.
            report: Receives one line per mutant.

        Raises:
            StaleMutant: A mutant is not one of this code.
            CampaignError: Tests fail without a mutant, so their failure tells nothing.
        """
        for mutant in mutants:
            mutant.apply((self.place.root / mutant.file).read_text(encoding="utf-8"))
        known = self._read()
        for mutant in mutants:
            if self._is_done(known.get(mutant.name), mutant):
                continue
            result = known[mutant.name] = self._run(mutant)
            self._write(known)
            word = f"killed by {result.killed_by}" if result.killed_by else "SURVIVED"
            report(f"{word:15} {mutant.name:6} {mutant.what}  [{result.reason}]")
        return [known[mutant.name] for mutant in mutants]

    def _run(self, mutant: Mutant) -> Result:
        seconds = 0.0
        for stage, files, marker in self._stages(mutant):
            limit = self._limit(files, marker)
            with self.place.mutated(mutant):
                outcome = self.place.run(files, marker, limit)
            seconds += outcome.seconds
            if outcome.has_failed:
                return self._result(mutant, stage, outcome.reason, seconds)
        which = "fast tests" if self.fast_only else "all its tests"
        reason = mutant.equivalent or f"survived {which}"
        return self._result(mutant, "", reason, seconds)

    def _stages(self, mutant: Mutant) -> list[tuple[Stage, tuple[str, ...], str]]:
        stages: list[tuple[Stage, tuple[str, ...], str]]
        stages = [("fast", mutant.tests, FAST), ("slow", mutant.tests, SLOW)]
        if mutant.slow_tests:
            stages.append(("slow", mutant.slow_tests, ""))
        return stages[:1] if self.fast_only else stages

    def _limit(self, files: tuple[str, ...], marker: str) -> float:
        """Time limit of a run, from the time that it takes without a mutant."""
        if (files, marker) not in self._limits:
            sound: TestRun = self.place.run(files, marker, MOST_SECONDS)
            if sound.has_failed:
                raise CampaignError(
                    f"without a mutant {' '.join(files)} fails: {sound.reason}\n"
                    f"{sound.output}"
                )
            limit = max(LEAST_LIMIT, LIMIT_FACTOR * sound.seconds)
            self._limits[files, marker] = limit
        return self._limits[files, marker]

    def _result(
        self, mutant: Mutant, stage: Stage, reason: str, seconds: float
    ) -> Result:
        return Result(mutant.name, mutant.digest, stage, reason, round(seconds, 1))

    def _is_done(self, result: Result | None, mutant: Mutant) -> bool:
        if result is None or result.digest != mutant.digest:
            return False
        has_slow_runs = "fast tests" not in result.reason
        return bool(result.killed_by) or self.fast_only or has_slow_runs

    def _read(self) -> dict[str, Result]:
        if not self.results_file.exists():
            return {}
        content = json.loads(self.results_file.read_text(encoding="utf-8"))
        return {name: Result(**result) for name, result in content.items()}

    def _write(self, results: dict[str, Result]) -> None:
        content = {name: asdict(result) for name, result in results.items()}
        write_json(self.results_file, content)
