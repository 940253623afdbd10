# SPDX-License-Identifier: Apache-2.0
"""The outcome of judging data: `verdict.json`, read by the gate, shown in reports."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from components.core.records import read_record
from components.report.section import Verdict as SectionVerdict
from components.validation.items.rules import Severity

VERDICT_FILE = "verdict.json"

Status = Literal["passed", "failed", "error"]


@dataclass(frozen=True)
class Check:
    """One rule and what became of it.

    Attributes:
        name: Under which settings, tests and refusals know it.
        description: The rule in a sentence.
        severity: `critical` stops the pipeline, `warning` is only shown.
        wanted: The limits.
        received: What the data have instead, or why the check could not run.
        status: `error` when the check could not run, which is no pass.
        num_failing: Items that fail, where a check is about items.
        failing_items: Identifiers of the first of them.
    """

    name: str
    description: str
    severity: Severity
    wanted: str
    received: str
    status: Status
    num_failing: int = 0
    failing_items: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the rule holds."""
        return self.status == "passed"

    @property
    def note(self) -> str:
        """What a table of checks says beside the verdict."""
        return self.description


@dataclass(frozen=True)
class Verdict:
    """All checks of one stage.

    Attributes:
        stage: `items` or `distributions`.
        checks: In the order of the settings.
    """

    stage: str
    checks: tuple[Check, ...]

    @property
    def blocking(self) -> tuple[Check, ...]:
        """The critical checks that did not pass."""
        return tuple(c for c in self.failed if c.severity == "critical")

    @property
    def failed(self) -> tuple[Check, ...]:
        """All checks that did not pass."""
        return tuple(c for c in self.checks if not c.passed)

    @property
    def passed(self) -> bool:
        """Whether the data may be used; warnings do not stand in the way."""
        return not self.blocking

    @property
    def for_section(self) -> SectionVerdict:
        """The verdict in the words of a report section."""
        if self.blocking:
            return "refused"
        return "warning" if self.failed else "passed"

    @property
    def for_page(self) -> list[dict[str, Any]]:
        """The checks as a report page lists them."""
        shown = ("name", "wanted", "received", "severity", "status", "passed")
        return [{name: getattr(c, name) for name in shown} for c in self.checks]

    @property
    def summary(self) -> str:
        """One sentence for a hurried reader."""
        total = f"{len(self.checks)} checks"
        if self.blocking:
            return f"Refused: {_names(self.blocking)} ({total} in all)."
        if self.failed:
            return f"{total}, all critical ones hold; warning: {_names(self.failed)}."
        return f"All {total} hold."


def write_verdict(verdict: Verdict, directory: str | Path) -> None:
    """Write `verdict.json`; equal verdicts give equal bytes."""
    checks = [{**asdict(c), "passed": c.passed} for c in verdict.checks]
    record = {"stage": verdict.stage, "passed": verdict.passed, "checks": checks}
    text = json.dumps(record, indent=1, sort_keys=True) + "\n"
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / VERDICT_FILE).write_text(text, encoding="utf-8")


def read_verdict(directory: str | Path) -> Verdict:
    """Read what `write_verdict` left in a folder."""
    path = Path(directory) / VERDICT_FILE
    record = json.loads(path.read_text(encoding="utf-8"))
    # Derived from the checks, so not read back.
    del record["passed"]
    for check in record["checks"]:
        del check["passed"]
    return read_record(Verdict, record, str(path))


def _names(checks: Sequence[Check]) -> str:
    return ", ".join(check.name for check in checks)
