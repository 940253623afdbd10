# SPDX-License-Identifier: Apache-2.0
"""What the first screen of a page says, worked out from the page's content."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from components.report.fragments.tables import table
from components.report.fragments.text import code, show
from components.report.page.chain import (
    WORST_FIRST,
    Link,
    data_chain,
    run_chain,
    section_checks,
)
from components.report.page.content import Page
from components.report.page.steps import steps_table
from components.report.section import Section

# The sections that a complete run leaves, by kind of page.
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
    """Why a page does not simply say yes, and where to read on."""

    verdict: str
    text: Markup
    anchor: str
    place: str


@dataclass(frozen=True)
class Overview:
    """What is worked out from a page for its template."""

    reasons: list[Reason]
    more_reasons: int
    chain: list[Link]
    missing: dict[str, str]
    stop: Markup
    contents: list[tuple[str, str, str]]
    steps: Markup
    lineage: Markup


def overview(page: Page) -> Overview:
    """Work out the reasons, the strip, the missing sections and the contents.

    Args:
        page: The page's content.
    """
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
        steps=steps_table(page.steps),
        lineage=_lineage(page),
    )


def find_reasons(page: Page) -> list[Reason]:
    """List what refused or warned: failed checks first, then the step that stopped."""
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
        return Markup("The run left no such section.")
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
