# SPDX-License-Identifier: Apache-2.0
"""The file `data/<dataset>/approvals.yaml`: limits as learned, and each approval.

A data set without the file has curated limits.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from components.core.records import read_record
from components.core.yaml_files import load_yaml
from pipelines.approvals.limits import Limits, describe, flatten_limits, flow, leaves

APPROVALS_FILE: Final = "approvals.yaml"
_HEADER: Final = (
    "# Limits learned from the data that they judge, and who approved them. prodl\n"
    "# writes this file; to approve: prodl approve {dataset} --reason TEXT\n"
)
_PLAIN: Final = re.compile(r"[A-Za-z_][\w.]*")


@dataclass(frozen=True)
class LimitChange:
    """A limit that changed."""

    limit: str
    """Name of the limit."""

    old: Any
    """Value before; None if there was no such limit."""

    new: Any
    """Value after; None if it was removed."""

    @property
    def is_waived(self) -> bool:
        """Whether the limit was removed, or its failure lowered to a warning."""
        is_severity = self.limit.rpartition(".")[2] == "severity"
        return self.new is None or (is_severity and self.new == "warning")

    @property
    def text(self) -> str:
        """The change in words."""
        word = "added" if self.old is None else "changed"
        word = "waived" if self.is_waived else word
        return f"{self.limit} {word}: {describe(self.old)} -> {describe(self.new)}"


@dataclass(frozen=True)
class Approval:
    """One approval of all limits as they were at that time."""

    when: str
    """Time in UTC."""

    who: str
    """Name of the user, of git or of the operating system."""

    reason: str
    """Why, in the words of the user."""

    changes: tuple[LimitChange, ...] = ()
    """Limits that differed from those learned, or approved before."""


@dataclass(frozen=True)
class Learned:
    """Limits as they were derived from data."""

    when: str
    """Time in UTC."""

    content_sha256: str
    """Checksum of the data."""

    limits: Mapping[str, Any]
    """Name -> value."""


@dataclass(frozen=True)
class Approvals:
    """Content of approvals.yaml."""

    learned: Learned

    approvals: tuple[Approval, ...] = ()
    """In order of time."""

    @property
    def approved(self) -> dict[str, Any]:
        """The limits as they were approved last; as learned if they never were."""
        limits = dict(self.learned.limits)
        for approval in self.approvals:
            for change in approval.changes:
                limits[change.limit] = change.new
        return {name: value for name, value in limits.items() if value is not None}


def read_approvals(root: Path, dataset: str) -> Approvals | None:
    """Read approvals.yaml of a data set; None for a curated one, which has none.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.

    Raises:
        UsageError: If the file is invalid.
    """
    path = root / "data" / dataset / APPROVALS_FILE
    if not path.exists():
        return None
    content = load_yaml(path)
    if isinstance(content, Mapping) and isinstance(content.get("learned"), Mapping):
        learned = dict(content["learned"])
        if "from" in learned:
            learned["content_sha256"] = learned.pop("from")
        # A few lines in the file, a name per limit here.
        if isinstance(learned.get("limits"), Mapping):
            learned["limits"] = dict(leaves(learned["limits"]))
        content = {**content, "learned": learned}
    return read_record(Approvals, content, str(path))


def approvals_text(dataset: str, approvals: Approvals) -> str:
    """Return the content of approvals.yaml.

    Args:
        dataset: Name of the data set.
        approvals: What was learned and approved.
    """
    learned = approvals.learned
    lines = [
        "learned:",
        f"  when: {json.dumps(learned.when)}",
        f"  from: {json.dumps(learned.content_sha256)}",
        "  limits:",
        *(f"    {_key(n)}: {flow(group)}" for n, group in _grouped(learned.limits)),
        "approvals:" if approvals.approvals else "approvals: []",
    ]
    for approval in approvals.approvals:
        lines += [
            f"  - when: {json.dumps(approval.when)}",
            f"    who: {json.dumps(approval.who, ensure_ascii=False)}",
            f"    reason: {json.dumps(approval.reason, ensure_ascii=False)}",
            "    changes:" if approval.changes else "    changes: []",
            *(f"      - {flow(asdict(change))}" for change in approval.changes),
        ]
    return _HEADER.format(dataset=dataset) + "\n".join(lines) + "\n"


def learned_text(
    dataset: str, content_sha256: str, when: str, expectations: object, schema: str
) -> str:
    """Return the first content of approvals.yaml, before anybody has approved.

    Args:
        dataset: Name of the data set.
        content_sha256: Checksum of the data that the limits are learned from.
        when: Time in UTC.
        expectations: Content of expectations.yaml, as YAML reads it.
        schema: Text of schema.pbtxt.
    """
    limits = flatten_limits(expectations, schema)
    return approvals_text(dataset, Approvals(Learned(when, content_sha256, limits)))


def find_changes(old: Limits, new: Limits) -> tuple[LimitChange, ...]:
    """Return the limits that differ."""
    return tuple(
        LimitChange(name, old.get(name), new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    )


def _grouped(limits: Limits) -> list[tuple[str, Limits]]:
    """Group limits by file and part of it: the lines are written once, for machines."""
    groups: dict[str, dict[str, Any]] = {}
    for name, value in limits.items():
        parts = name.split(".")
        depth = {"items": 2, "distributions": 2}.get(parts[0], 1)
        head = parts[: min(depth, len(parts) - 1)]
        groups.setdefault(".".join(head), {})[".".join(parts[len(head) :])] = value
    return list(groups.items())


def _key(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else flow(name)
