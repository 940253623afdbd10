# SPDX-License-Identifier: Apache-2.0
"""The section `limits` of a report: who approved limits that were learned from data."""

from collections.abc import Iterator
from typing import Any

from components.report import html
from components.report.section import Section
from pipelines.approvals.limits import describe
from pipelines.approvals.status import LimitStatus


def limits_section(status: LimitStatus) -> Section:
    """Make the section from the status of the limits."""
    return Section(
        name="limits",
        title="Limits",
        summary=status.text,
        verdict="warning" if status.is_provisional else "passed",
        html=str(html.join(*_body(status))),
        facts={"provisional": list(status.provisional), "lines": list(status.lines)},
    )


def _body(status: LimitStatus) -> Iterator[Any]:
    yield html.paragraph(
        "Limits that were learned from the data can refuse later data, but say nothing "
        "of these. Somebody who knows the data stands for them by an approval."
    )
    if status.is_provisional:
        command = f"prodl approve {status.dataset} --reason TEXT"
        yield html.join(
            html.paragraph("To approve all limits as they are now:"),
            html.code_block(command),
        )
    if status.approvals:
        yield html.table(
            ["Approved on", "By", "Reason", "Limits changed"],
            [[a.when, a.who, a.reason, len(a.changes)] for a in status.approvals],
            caption="Approvals",
        )
    rows = [
        [
            html.code(change.limit),
            "waived" if change.is_waived else "changed",
            describe(change.old),
            describe(change.new),
            approval.who if approval else "not approved",
            approval.when if approval else "",
        ]
        for change, approval in status.changes
    ]
    if rows:
        headers = ["Limit", "", "Old", "New", "Approved by", "On"]
        yield html.table(headers, rows, (), "Limits that are not as they were learned")
