# SPDX-License-Identifier: Apache-2.0
"""The parts of a page that are derived from its content: reasons, chain, tables."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from components.report.fragments.tables import table
from components.report.fragments.text import badge, code, show
from components.report.page.chain import (
    WORST_FIRST,
    Link,
    data_chain,
    run_chain,
    section_checks,
)
from components.report.page.content import Page, StepRow
from components.report.section import Section

# The sections of a complete run, by kind of page.
EXPECTED: Final = {
    "run": {
        "items": "Items",
        "distributions": "Distributions",
        "training": "Training",
        "evaluation": "Evaluation",
    },
    "data": {"items": "Items", "distributions": "Distributions"},
}
_REASONS_SHOWN: Final = 6


@dataclass(frozen=True)
class Reason:
    """A reason for a verdict other than `passed`."""

    verdict: str
    """`refused` or `warning`."""

    text: Markup
    """The reason in a sentence."""

    anchor: str
    """Anchor of the section with the details."""

    section: str
    """Title of that section."""


@dataclass(frozen=True)
class Overview:
    """Parts of a page that its template needs besides the content."""

    reasons: list[Reason]
    """The first reasons for a verdict other than `passed`."""

    more_reasons: int
    """Number of further reasons."""

    chain: list[Link]
    """From data to training, or to publication."""

    missing: dict[str, str]
    """Name -> title of the sections that the run did not reach."""

    stop: Markup
    """Sentence on the step that stopped the run."""

    contents: list[tuple[str, str, str]]
    """Table of contents: anchor, title, verdict."""

    steps: Markup
    """Table of steps."""

    lineage: Markup
    """Table of lineage."""


def overview(page: Page) -> Overview:
    """Derive the parts of a page from its content."""
    reasons = find_reasons(page)
    missing = {
        name: title
        for name, title in EXPECTED[page.kind].items()
        if page.section(name) is None
    }
    return Overview(
        reasons=reasons[:_REASONS_SHOWN],
        more_reasons=max(0, len(reasons) - _REASONS_SHOWN),
        chain=data_chain(page) if page.kind == "data" else run_chain(page),
        missing=missing,
        stop=_stop(page),
        contents=_contents(page, missing),
        steps=_steps_table(page.steps),
        lineage=_lineage(page),
    )


def find_reasons(page: Page) -> list[Reason]:
    """List failed checks and warnings, after the step that stopped the run."""
    found = [reason for section in page.sections for reason in _of_section(section)]
    found.sort(key=lambda reason: WORST_FIRST.index(reason.verdict))
    step = page.stopped_at
    explained = any(reason.verdict == "refused" for reason in found)
    if step and (step.status == "failed" or not explained):
        text = Markup("{}: {}").format(step.name, step.reason or "gave no reason")
        found.insert(0, Reason("refused", text, "steps", "Steps"))
    return found


def _of_section(section: Section) -> list[Reason]:
    reasons = []
    for check in section_checks(section):
        if not check.get("passed", True):
            is_warning = check.get("severity", "critical") == "warning"
            text = Markup("{}: wanted {}, received {}").format(
                *(show(check.get(part, "")) for part in ("name", "wanted", "received"))
            )
            verdict = "warning" if is_warning else "refused"
            reasons.append(Reason(verdict, text, section.name, section.title))
    if section.verdict in ("refused", "warning") and not reasons:
        text = Markup("{}: {}").format(section.title, section.summary)
        reasons.append(Reason(section.verdict, text, section.name, section.title))
    return reasons


def _stop(page: Page) -> Markup:
    step = page.stopped_at
    if step is None:
        return Markup("{}").format(page.pending or "The run left no such section.")
    return Markup("The run stopped at {} ({}): {}").format(
        code(step.name), step.status, step.reason or "it gave no reason"
    )


def _contents(page: Page, missing: dict[str, str]) -> list[tuple[str, str, str]]:
    own = [
        ("steps", "Steps", bool(page.steps)),
        ("lineage", "Lineage", bool(page.lineage)),
        ("reproduce", "Reproduce", bool(page.reproduce)),
        ("notes", "Notes", bool(page.notes)),
    ]
    return [
        *((s.name, s.title, str(s.verdict)) for s in page.sections),
        *((name, title, "not_run") for name, title in missing.items()),
        *((anchor, title, "") for anchor, title, is_there in own if is_there),
    ]


def _lineage(page: Page) -> Markup:
    rows = [(step.what, code(step.identity), step.detail) for step in page.lineage]
    return Markup('<div class="lineage stacked">{}</div>').format(
        table(["What", "Identity", ""], rows)
    )


def _steps_table(steps: tuple[StepRow, ...]) -> Markup:
    """Make the table of steps, with bars for their share of the time, and sums."""
    longest = max((step.seconds or 0.0 for step in steps), default=0.0)
    rows = [
        [
            code(step.name),
            badge(step.status),
            step.reason,
            _time_bar(step.seconds, longest),
            _seconds(step.seconds),
            _seconds(step.cpu_seconds),
            _megabytes(step.peak_memory_mb),
        ]
        for step in steps
    ]
    known = [step for step in steps if step.seconds is not None]
    if known:
        total = sum(step.seconds or 0.0 for step in known)
        cpu = sum(step.cpu_seconds or 0.0 for step in known)
        peak = max(step.peak_memory_mb or 0.0 for step in known)
        rows.append(
            [
                *(Markup("<strong>All steps</strong>"), "", "", ""),
                *(_seconds(total), _seconds(cpu), _megabytes(peak)),
            ]
        )
    headers = ["Step", "Status", "Why", "", "Seconds", "CPU seconds", "Peak MB"]
    return Markup('<div class="steps stacked">{}</div>').format(
        table(headers, rows, numeric=(4, 5, 6))
    )


def _time_bar(seconds: float | None, longest: float) -> Markup:
    if not seconds:
        return Markup()
    share = seconds / longest
    return Markup(f'<span class="bar" style="--share:{share:.3f}"></span>')


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"


def _megabytes(value: float | None) -> str:
    return f"{value:,.0f}" if value else ""
