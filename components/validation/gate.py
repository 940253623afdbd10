# SPDX-License-Identifier: Apache-2.0
"""The gate behind a judgement of data: it lets them pass, or stops the pipeline.

It is a node of its own because a node that raises loses its output: the report of the
judgement must outlive the refusal.
"""

from pathlib import Path

from components.core.errors import DataRefused
from components.validation.verdict import Check, Verdict, read_verdict

BLESSED_FILE = "BLESSED"
_ITEMS_NAMED = 5


def pass_or_refuse(result_dir: str | Path, stage: str) -> Verdict:
    """Read a verdict; raise if the data must not be used.

    Args:
        result_dir: Folder of the ValidationResult artifact.
        stage: What the verdict must be about: `items` or `distributions`.

    Raises:
        DataRefused: A critical check failed, or could not run. The message names each
            with what was wanted and received, and where the report is.
        ValueError: The verdict is about another stage: the graph is wired wrongly.
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
    lines = "\n".join(map(_line, blocking))
    return (
        f"data refused at gate {verdict.stage!r}: "
        f"{len(blocking)} of {len(verdict.checks)} checks failed.\n{lines}\n"
        f"Report: section {verdict.stage!r} of the data report; the verdict is in "
        f"{result_dir}.\nMend the data, or change the limits in "
        "data/<dataset>/expectations.yaml if the data are right, and run again."
    )


def _line(check: Check) -> str:
    line = f"- {check.name}: wanted {check.wanted}; received {check.received}"
    if not check.failing_items:
        return line
    named = ", ".join(check.failing_items[:_ITEMS_NAMED])
    more = check.num_failing - len(check.failing_items[:_ITEMS_NAMED])
    return f"{line} ({named}{f' and {more:,} more' if more > 0 else ''})"
