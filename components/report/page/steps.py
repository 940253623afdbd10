# SPDX-License-Identifier: Apache-2.0
"""The table of a page that says what each step did and what it took."""

from markupsafe import Markup

from components.report.fragments.tables import table
from components.report.fragments.text import badge, code
from components.report.page.content import Step


def steps_table(steps: tuple[Step, ...]) -> Markup:
    """What each step did, with a bar for its share of the time, and the sums.

    Args:
        steps: All steps in order.
    """
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
