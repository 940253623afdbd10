# SPDX-License-Identifier: Apache-2.0
"""Common parts of the sections of both stages: heading, verdict, list of checks."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.report.section import Section, SectionVerdict
from components.validation.verdict import DataCheck, Verdict

_LISTED: Final = ("name", "wanted", "received", "severity", "status", "passed")


def make_section(
    title: str, verdict: Verdict, html: Any, facts: Mapping[str, Any], lead: str = ""
) -> Section:
    """Make the section of a stage.

    Args:
        title: Heading.
        verdict: Verdict on the data; gives name, colour and summary.
        html: Body of the section.
        facts: Values for machines, without the checks.
        lead: Sentence before the summary of the checks. Defaults to none.
    """
    return Section(
        name=verdict.stage,
        title=title,
        summary=f"{lead} {summarise(verdict)}".strip(),
        verdict=section_verdict(verdict),
        html=str(html),
        facts={**facts, "checks": list_checks(verdict)},
    )


def section_verdict(verdict: Verdict) -> SectionVerdict:
    """Return the verdict in the terms of a report section."""
    if not verdict.passed:
        return "refused"
    return "warning" if verdict.failed else "passed"


def list_checks(verdict: Verdict) -> list[dict[str, Any]]:
    """Return the checks as a report page quotes them."""
    return [{name: getattr(c, name) for name in _LISTED} for c in verdict.checks]


def summarise(verdict: Verdict) -> str:
    """Summarise the checks in one sentence."""
    total = f"{len(verdict.checks)} checks"
    if verdict.blocking:
        return f"Refused: {_names(verdict.blocking)} ({total} in all)."
    if verdict.failed:
        return f"{total}, all critical ones hold; warning: {_names(verdict.failed)}."
    return f"All {total} hold."


def _names(checks: Sequence[DataCheck]) -> str:
    return ", ".join(check.name for check in checks)
