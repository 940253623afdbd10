# SPDX-License-Identifier: Apache-2.0
"""Limits learned from the data that they judge, and who approved them.

`data/<dataset>/approvals.yaml` records both. A data set without that file has curated
limits. The limits are the values of expectations.yaml and of schema.pbtxt by name:
`items.expectations.missing_values.max_shares.mass`, `schema.mass.type`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from components.core.errors import UsageError
from components.core.files import write_text
from components.core.records import read_record
from components.core.yaml_files import load_yaml

APPROVALS_FILE: Final = "approvals.yaml"
_EXPECTATIONS_FILE: Final = "expectations.yaml"
_SCHEMA_FILE: Final = "schema.pbtxt"
# What a page shows, and how; no data are refused by it.
_NO_LIMITS: Final = frozenset(
    {
        "description",
        "label_name",
        "listed_failures",
        "samples_per_class",
        "histogram_buckets",
    }
)
# Dots in `items.expectations.<check>.description`; below it are names of columns.
_DEPTH: Final = 3
_HEADER: Final = (
    "# Limits learned from the data that they judge, and who approved them. prodl\n"
    "# writes this file; to approve: prodl approve {dataset} --reason TEXT\n"
)
# A comment, a text in quotes, a brace, or a word of a message in text form.
_TOKENS: Final = re.compile(
    r"""\#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}<>]|[^\s{}<>:;,\#"']+"""
)
_PLAIN: Final = re.compile(r"[A-Za-z_][\w.]*")

Limits = Mapping[str, Any]


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


@dataclass(frozen=True)
class LimitStatus:
    """Whether somebody stands for the limits of a data set, and what was changed."""

    dataset: str
    """The data set."""

    num_limits: int
    """Number of limits."""

    learned_when: str
    """When they were learned."""

    learned_from: str
    """Checksum of the data that they were learned from."""

    approvals: tuple[Approval, ...]
    """Approvals with their changes, in order of time."""

    pending: tuple[LimitChange, ...]
    """Changes that nobody has approved."""

    @property
    def is_provisional(self) -> bool:
        """Whether nobody has approved the limits as they are."""
        return not self.approvals or bool(self.pending)

    @property
    def text(self) -> str:
        """The status in a sentence."""
        learned = (
            f"{self.num_limits} limits were learned from the data "
            f"{self.learned_from[:12]} on {self.learned_when[:10]}"
        )
        if not self.approvals:
            return f"Provisional: {learned}, and nobody has approved them."
        last = self.approvals[-1]
        approved = f"approved by {last.who} on {last.when[:10]}: {last.reason}"
        if not self.pending:
            return f"{learned}, and {approved}"
        count = len(self.pending)
        are = "limit is" if count == 1 else "limits are"
        return f"Provisional: {count} {are} not as {approved}"

    @property
    def provisional(self) -> tuple[str, ...]:
        """What nobody has approved, in words; nothing if all is."""
        if not self.is_provisional:
            return ()
        return (
            self.text,
            *(f"{change.text} (not approved)" for change in self.pending),
        )

    @property
    def waived(self) -> tuple[str, ...]:
        """Limits that were removed or lowered, in words."""
        return tuple(
            f"{change.text} ({_by(approval)})"
            for change, approval in self.changes
            if change.is_waived
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """The status, each approval and each change in words."""
        changed = (f"{c.text} ({_by(approval)})" for c, approval in self.changes)
        approved = (
            f"approved by {a.who} on {a.when}: {a.reason}" for a in self.approvals
        )
        return (self.text, *approved, *changed)

    @property
    def changes(self) -> Iterator[tuple[LimitChange, Approval | None]]:
        """Each change with its approval; None for one without."""
        for approval in self.approvals:
            yield from ((change, approval) for change in approval.changes)
        yield from ((change, None) for change in self.pending)


def read_limits(root: Path, dataset: str) -> dict[str, Any]:
    """Read the limits of a data set from its two files.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.

    Raises:
        UsageError: If a file is missing or invalid.
    """
    folder = root / "data" / dataset
    try:
        schema = (folder / _SCHEMA_FILE).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{folder / _SCHEMA_FILE} cannot be read: {error.strerror}."
        ) from None
    return flatten_limits(load_yaml(folder / _EXPECTATIONS_FILE), schema)


def describe(value: Any) -> str:
    """Word the value of a limit.

    Args:
        value: The value; None where there is no such limit.
    """
    if value is None:
        return "none"
    return value if isinstance(value, str) else _flow(value)


def learned_limits(root: Path, dataset: str) -> dict[str, Any]:
    """Read the limits of a data set whose limits were learned; empty for a curated one.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.
    """
    is_learned = (root / "data" / dataset / APPROVALS_FILE).exists()
    return read_limits(root, dataset) if is_learned else {}


def flatten_limits(expectations: object, schema: str) -> dict[str, Any]:
    """Return every limit by its name.

    Args:
        expectations: Content of expectations.yaml.
        schema: Text of schema.pbtxt.
    """
    found = {
        name: value
        for name, value in _leaves(expectations, "")
        if name.rpartition(".")[2] not in _NO_LIMITS or name.count(".") > _DEPTH
    }
    return {**found, **_schema_limits(schema)}


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
            learned["limits"] = dict(_leaves(learned["limits"], ""))
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
        *(f"    {_key(n)}: {_flow(group)}" for n, group in _grouped(learned.limits)),
        "approvals:" if approvals.approvals else "approvals: []",
    ]
    for approval in approvals.approvals:
        lines += [
            f"  - when: {json.dumps(approval.when)}",
            f"    who: {json.dumps(approval.who, ensure_ascii=False)}",
            f"    reason: {json.dumps(approval.reason, ensure_ascii=False)}",
            "    changes:" if approval.changes else "    changes: []",
            *(f"      - {_flow(asdict(change))}" for change in approval.changes),
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


def limit_status(
    root: Path, dataset: str, limits: Limits | None = None
) -> LimitStatus | None:
    """Compare the limits of a data set with those learned and approved.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.
        limits: The limits. Defaults to those of its files.

    Returns:
        None for curated limits.
    """
    approvals = read_approvals(root, dataset)
    if approvals is None:
        return None
    current = limits or read_limits(root, dataset)
    return LimitStatus(
        dataset=dataset,
        num_limits=len(current),
        learned_when=approvals.learned.when,
        learned_from=approvals.learned.content_sha256,
        approvals=approvals.approvals,
        pending=_changes(approvals.approved, current),
    )


def approve(root: Path, dataset: str, who: str, reason: str, when: str) -> Approval:
    """Add an approval of all limits as they are.

    Args:
        root: The project's root folder.
        dataset: Name of the data set.
        who: Name of the user.
        reason: Why.
        when: Time in UTC.

    Raises:
        UsageError: If the limits are curated, or approved as they are.
    """
    approvals = read_approvals(root, dataset)
    if approvals is None:
        raise UsageError(
            f"{dataset!r} has no limits to approve: they are curated, not learned from "
            f"the data (there is no data/{dataset}/{APPROVALS_FILE})."
        )
    changes = _changes(approvals.approved, read_limits(root, dataset))
    if approvals.approvals and not changes:
        last = approvals.approvals[-1]
        raise UsageError(
            f"the limits of {dataset!r} are approved as they are, by {last.who} on "
            f"{last.when}: {last.reason}\nNothing has changed since."
        )
    approval = Approval(when, who, reason, changes)
    added = Approvals(approvals.learned, (*approvals.approvals, approval))
    path = root / "data" / dataset / APPROVALS_FILE
    write_text(path, approvals_text(dataset, added))
    return approval


def _changes(old: Limits, new: Limits) -> tuple[LimitChange, ...]:
    return tuple(
        LimitChange(name, old.get(name), new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    )


def _leaves(value: object, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else str(key))
    elif name:
        yield name, value


def _schema_limits(text: str) -> dict[str, Any]:
    """Return the values of a schema by the name of their feature."""
    limits: dict[str, Any] = {}
    tokens = [t for t in _TOKENS.findall(text) if not t.startswith("#")]
    # Path of each open message, with the leaves of the outermost one.
    path: list[str] = []
    leaves: list[tuple[str, Any]] = []
    position = 0
    while position < len(tokens):
        token = tokens[position]
        following = tokens[position + 1 : position + 2]
        if token in ("}", ">"):
            path = path[:-1]
            if not path:
                limits |= _message_limits(leaves)
                leaves = []
            position += 1
        elif following and following[0] in ("{", "<"):
            path.append(token)
            leaves.append((".".join(path[1:]), True))
            position += 2
        else:
            value = _value(following[0]) if following else None
            leaves.append((".".join([*path[1:], token]), value))
            if not path:
                limits |= _message_limits(leaves)
                leaves = []
            position += 2
    return limits


def _message_limits(leaves: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the leaves of a message; a repeated one has a list of values."""
    values: dict[str, list[Any]] = {}
    for name, value in leaves:
        values.setdefault(name, []).append(value)
    name = "schema"
    if "name" in values:
        name = f"schema.{values.pop('name')[0]}"
    # A message with values in it needs no line of its own.
    inner = {n.rpartition(".")[0] for n in values if n}
    return {
        f"{name}.{n}": found[0] if len(found) == 1 else found
        for n, found in values.items()
        if n and n not in inner
    }


def _value(token: str) -> Any:
    if token[0] in "\"'":
        return token[1:-1]
    try:
        return json.loads(token)
    except ValueError:
        return token


def _grouped(limits: Limits) -> list[tuple[str, Limits]]:
    """Group limits by file and part of it: the lines are written once, for machines."""
    groups: dict[str, dict[str, Any]] = {}
    for name, value in limits.items():
        parts = name.split(".")
        depth = {"items": 2, "distributions": 2}.get(parts[0], 1)
        head = parts[: min(depth, len(parts) - 1)]
        groups.setdefault(".".join(head), {})[".".join(parts[len(head) :])] = value
    return list(groups.items())


def _flow(value: Any) -> str:
    """Write a value in JSON, which is YAML as well."""
    # A date of YAML, which the settings refuse, must not fail here.
    return json.dumps(value, ensure_ascii=False, default=str)


def _key(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else _flow(name)


def _by(approval: Approval | None) -> str:
    return f"by {approval.who}, {approval.when}" if approval else "not approved"
