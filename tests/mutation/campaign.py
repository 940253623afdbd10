# SPDX-License-Identifier: Apache-2.0
"""A campaign: mutants one after another, fast tests first, then the slow ones."""

import hashlib
import json
import threading
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
ANY: Final = ""
# Seconds of a run by marker; a mutant may loop for ever.
LIMITS: Final = {FAST: 120.0, SLOW: 600.0, ANY: 900.0}
# Reasons of survivors.
FAST_ONLY: Final = "survived fast tests, slow ones did not run"
ALL: Final = "survived all its tests"


@dataclass(frozen=True)
class Result:
    """What became of a mutant."""

    name: str
    """Its name."""

    digest: str
    """Hash of the mutant, its file and its tests."""

    killed_by: Stage
    """Tests that noticed it: `fast` or `slow`; empty for a survivor."""

    reason: str
    """The failed test, or the tests that it survived."""

    seconds: float
    """Wall time of all runs."""


class Results:
    """Results in a JSON file, from which a stopped campaign goes on.

    Args:
        file: The file; made with the first result.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        content = json.loads(file.read_text("utf-8")) if file.exists() else {}
        self._known = {name: Result(**result) for name, result in content.items()}

    def find(self, name: str, digest: str) -> Result | None:
        """The result of a mutant, unless it or a file of it is another by now."""
        known = self._known.get(name)
        return known if known and known.digest == digest else None

    def add(self, result: Result) -> None:
        """Keep a result."""
        with self._lock:
            self._known[result.name] = result
            content = {name: asdict(known) for name, known in self._known.items()}
            write_json(self._file, content)


@dataclass
class Campaign:
    """Runs mutants in one workplace."""

    place: Workplace
    """Copy of the tree."""

    results: Results
    """Results of this campaign and of earlier ones."""

    fast_only: bool = False
    """Whether survivors of the fast tests are left as they are."""

    report: Callable[[str], None] = print
    """Receives one line per mutant."""

    stop: threading.Event = field(default_factory=threading.Event)
    """Set to end the campaign before the next mutant."""

    _sound: dict[tuple[str, str], bool] = field(default_factory=dict)

    def run(self, mutants: Sequence[Mutant]) -> list[Result]:
        """Run mutants, but those whose result is known.

        Test files that fail without a mutant, as for the machine they run on, tell
        nothing and are left out, with a line that says so.

        Args:
            mutants: The mutants.

        Raises:
            StaleMutant: A mutant is not one of this code.
            CampaignError: All tests of a mutant fail without it.
        """
        for mutant in mutants:
            mutant.apply((self.place.root / mutant.file).read_text(encoding="utf-8"))
        return [
            self._find(mutant) or self._try(mutant)
            for mutant in mutants
            if not self.stop.is_set()
        ]

    def _find(self, mutant: Mutant) -> Result | None:
        known = self.results.find(mutant.name, self._digest(mutant))
        needs_slow_runs = known and known.reason == FAST_ONLY and not self.fast_only
        return None if needs_slow_runs else known

    def _try(self, mutant: Mutant) -> Result:
        result = self._run(mutant)
        self.results.add(result)
        word = f"killed by {result.killed_by}" if result.killed_by else "SURVIVED"
        self.report(f"{word:15} {mutant.name:6} {mutant.what}  [{result.reason}]")
        return result

    def _run(self, mutant: Mutant) -> Result:
        seconds = 0.0
        for stage, files, marker in self._stages(mutant):
            outcome = self._show(mutant, files, marker)
            seconds += outcome.seconds
            if outcome.has_failed:
                return self._result(mutant, stage, outcome.reason, seconds)
        reason = FAST_ONLY if self.fast_only else mutant.equivalent or ALL
        return self._result(mutant, "", reason, seconds)

    def _stages(self, mutant: Mutant) -> list[tuple[Stage, tuple[str, ...], str]]:
        stages: list[tuple[Stage, tuple[str, ...], str]]
        stages = [("fast", mutant.tests, FAST), ("slow", mutant.tests, SLOW)]
        if mutant.slow_tests:
            stages.append(("slow", mutant.slow_tests, ANY))
        return stages[:1] if self.fast_only else stages

    def _show(self, mutant: Mutant, files: Sequence[str], marker: str) -> TestRun:
        """Run test files with a mutant, but those that fail without it too."""
        seconds = LIMITS[marker]
        while True:
            files = [file for file in files if self._sound.get((file, marker), True)]
            if not files:
                raise CampaignError(f"without {mutant.name} all its tests fail")
            with self.place.mutated(mutant):
                run = self.place.run(files, marker, seconds)
            suspects = [file for file in files if file in run.reason] or files
            if not run.has_failed or all(self._is_sound(s, marker) for s in suspects):
                return run

    def _is_sound(self, file: str, marker: str) -> bool:
        """Whether a test file passes without a mutant."""
        if (file, marker) not in self._sound:
            run = self.place.run([file], marker, LIMITS[marker])
            if run.has_failed:
                self.report(f"left out: without a mutant it fails: {run.reason}")
            self._sound[file, marker] = not run.has_failed
        return self._sound[file, marker]

    def _result(
        self, mutant: Mutant, stage: Stage, reason: str, seconds: float
    ) -> Result:
        digest = self._digest(mutant)
        return Result(mutant.name, digest, stage, reason, round(seconds, 1))

    def _digest(self, mutant: Mutant) -> str:
        digest = hashlib.sha256(repr(mutant).encode())
        for name in (mutant.file, *mutant.tests, *mutant.slow_tests):
            digest.update((self.place.root / name).read_bytes())
        return digest.hexdigest()
