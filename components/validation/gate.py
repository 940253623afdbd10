# SPDX-License-Identifier: Apache-2.0
"""The data gate: stops the pipeline unless the verdict on the data has passed.

It is a node of its own because TFX discards the output of a node that raises, and the
report must survive a refusal.
"""

from pathlib import Path
from typing import Final

from components.core.errors import DataRefused
from components.validation.verdict import DataCheck, Verdict, read_verdict

BLESSED_FILE: Final = "BLESSED"
_ITEMS_LISTED: Final = 5


def pass_or_refuse(result_dir: str | Path, stage: str) -> Verdict:
    """Return the verdict on the data, or raise if they must not be used.

    Args:
        result_dir: Folder of the ValidationResult artifact.
        stage: Expected stage of the verdict: `items` or `distributions`.

    Raises:
        DataRefused: If a critical check failed or could not run; the message lists
            each with its limits and the observed values.
        ValueError: If the verdict is about another stage: the graph is wired wrongly.
    """
    verdict = read_verdict(result_dir)
    if verdict.stage != stage:
        raise ValueError(
            f"data gate {stage!r} was given the verdict on {verdict.stage!r}."
        )
    if not verdict.passed:
        raise DataRefused(_refusal(verdict, result_dir))
    return verdict


def _refusal(verdict: Verdict, result_dir: str | Path) -> str:
    blocking = verdict.blocking
    lines = "\n".join(map(_line, blocking)) or "- no check ran"
    return (
        f"data refused at gate {verdict.stage!r}: "
        f"{len(blocking)} of {len(verdict.checks)} checks failed.\n{lines}\n"
        f"Report: section {verdict.stage!r} of the data report; the verdict is in "
        f"{result_dir}.\nCorrect the data, or change the limits in "
        "data/<dataset>/expectations.yaml if the data are right, and run again."
    )


def _line(check: DataCheck) -> str:
    line = f"- {check.name}: wanted {check.wanted}; received {check.received}"
    if not check.failing_items:
        return line
    named = ", ".join(check.failing_items[:_ITEMS_LISTED])
    more = check.num_failing - len(check.failing_items[:_ITEMS_LISTED])
    return f"{line} ({named}{f' and {more:,} more' if more > 0 else ''})"
