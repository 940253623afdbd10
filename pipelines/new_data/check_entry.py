# SPDX-License-Identifier: Apache-2.0
"""A check as an entry of expectations.yaml."""

from typing import Any

from pipelines.new_data.yaml_text import Entry


def check_entry(
    name: str, description: str, reason: str, critical: bool = True, **limits: Any
) -> Entry:
    """Make the entry of a check, on one line where it is short.

    Args:
        name: Its key.
        description: What it expects, for pages.
        reason: Why its limits are what they are, as a comment beside it.
        critical: Whether a failure stops a run. Defaults to True.
        **limits: Its limits, in their order.
    """
    severity = Entry("severity", "critical" if critical else "warning")
    reason = reason[:1].lower() + reason[1:].removesuffix(".")
    values = [
        value if isinstance(value, Entry) else Entry(key, value)
        for key, value in limits.items()
    ]
    entries = (severity, *values, Entry("description", description))
    return Entry(name, entries, beside=reason, one_line=True)
