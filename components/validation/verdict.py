# SPDX-License-Identifier: Apache-2.0
"""The verdict on the data of one stage: `verdict.json`, which the data gate reads."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from components.contracts.damaged_outputs import output_remedy
from components.contracts.verdicts import VERDICT_FILE
from components.core.errors import DamagedFile
from components.core.json_files import (
    as_record,
    read_json_object,
    write_json,
)
from components.validation.check_settings import Severity

Status = Literal["passed", "failed", "error"]


@dataclass(frozen=True)
class DataCheck:
    """A check of the data with its result."""

    name: str
    """Key of the check in the settings; reports and refusals use it too."""

    description: str
    """The rule in a sentence."""

    severity: Severity
    """`critical` stops the pipeline, `warning` is only reported."""

    wanted: str
    """Limits of the check, in words."""

    received: str
    """Observed values, or the reason why the check could not run."""

    status: Status
    """`error` if the check could not run, which counts as a failure."""

    num_failing: int = 0
    """Number of failing items, where the check is about items."""

    failing_items: tuple[str, ...] = ()
    """Identifiers of the first failing items."""

    @property
    def passed(self) -> bool:
        """Return whether the check passed."""
        return self.status == "passed"

    @property
    def note(self) -> str:
        """Return the description, under the name that tables of checks use."""
        return self.description


@dataclass(frozen=True)
class Verdict:
    """All checks of one stage."""

    stage: str
    """`items` or `distributions`."""

    checks: tuple[DataCheck, ...]
    """In the order of the settings."""

    @property
    def blocking(self) -> tuple[DataCheck, ...]:
        """Return the critical checks that did not pass."""
        return tuple(c for c in self.failed if c.severity == "critical")

    @property
    def failed(self) -> tuple[DataCheck, ...]:
        """Return all checks that did not pass."""
        return tuple(c for c in self.checks if not c.passed)

    @property
    def passed(self) -> bool:
        """Return whether the data may be used; warnings do not prevent that.

        Without any check nothing is known of the data, and they may not be used.
        """
        return bool(self.checks) and not self.blocking


def write_verdict(verdict: Verdict, directory: str | Path) -> None:
    """Write `verdict.json`; equal verdicts give equal bytes."""
    checks = [{**asdict(c), "passed": c.passed} for c in verdict.checks]
    record = {"stage": verdict.stage, "passed": verdict.passed, "checks": checks}
    write_json(Path(directory) / VERDICT_FILE, record)


def read_verdict(directory: str | Path) -> Verdict:
    """Read the verdict that `write_verdict` wrote into a folder.

    Raises:
        DamagedFile: If it is not what was written.
    """
    path = Path(directory) / VERDICT_FILE
    remedy = output_remedy(path.parent)
    record = read_json_object(path, remedy)
    try:
        # Derived from the checks.
        passed = record.pop("passed")
        checks_passed = [check.pop("passed") for check in record["checks"]]
    except (KeyError, TypeError, AttributeError):
        raise DamagedFile(path, "it is no verdict", remedy) from None
    verdict = as_record(Verdict, record, path, remedy)
    if (passed, checks_passed) != (verdict.passed, [c.passed for c in verdict.checks]):
        raise DamagedFile(path, "its checks contradict its result", remedy)
    return verdict
