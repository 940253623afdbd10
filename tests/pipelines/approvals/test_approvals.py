# SPDX-License-Identifier: Apache-2.0
"""Learned limits are provisional until somebody approves them, and after a change."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.core.errors import UsageError
from components.core.json_files import read_json
from pipelines.approvals.limits import flatten_limits, read_limits
from pipelines.approvals.record import learned_text, read_approvals
from pipelines.approvals.status import (
    LimitStatus,
    approve,
    learned_limits,
    limit_status,
)
from pipelines.verdicts import dataset_verdict, read_dataset_verdict, write_verdict
from tests.support.passed_run import make_passed_state

EXPECTATIONS = """
items:
  classes: [auk, gull]
  samples_per_class: 3
  expectations:
    missing_values:
      description: Few masses are missing.
      severity: critical
      max_shares: {mass: 0.05}
    class_balance: {description: Few., severity: critical, max_ratio: 3}
"""
SCHEMA = """
# A comment with { and "quotes".
feature {
  name: "mass"  # in g
  type: FLOAT
  presence { min_fraction: 0.95 min_count: 1 }
  value_count { min: 1 max: 1 }
  float_domain { min: 2500.0 max: 6500 disallow_nan: true }
}
feature { name: "label" type: BYTES shape {}
  string_domain { name: "classes" value: "auk" value: "a # {gull}" } }
"""
WHEN = "2026-12-01T10:00:00+00:00"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a data set whose limits were learned."""
    folder = tmp_path / "data" / "birds"
    folder.mkdir(parents=True)
    (folder / "expectations.yaml").write_text(EXPECTATIONS)
    (folder / "schema.pbtxt").write_text(SCHEMA)
    text = learned_text(
        "birds", "5eed" * 16, WHEN, yaml.safe_load(EXPECTATIONS), SCHEMA
    )
    (folder / "approvals.yaml").write_text(text)
    return tmp_path


def change(root: Path, old: str, new: str, name: str = "expectations.yaml") -> None:
    path = root / "data" / "birds" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def status_of(root: Path) -> LimitStatus:
    status = limit_status(root, "birds")
    assert status is not None
    return status


def approve_now(root: Path, who: str = "Ada") -> None:
    approve(root, "birds", who, "as in the field book", "2026-12-02T10:00:00+00:00")


def test_every_value_but_words_and_looks_is_a_limit() -> None:
    limits = flatten_limits(yaml.safe_load(EXPECTATIONS), SCHEMA)
    assert limits == {
        "items.classes": ["auk", "gull"],
        "items.expectations.missing_values.severity": "critical",
        "items.expectations.missing_values.max_shares.mass": 0.05,
        "items.expectations.class_balance.severity": "critical",
        "items.expectations.class_balance.max_ratio": 3,
        "schema.mass.type": "FLOAT",
        "schema.mass.presence.min_fraction": 0.95,
        "schema.mass.presence.min_count": 1,
        "schema.mass.value_count.min": 1,
        "schema.mass.value_count.max": 1,
        "schema.mass.float_domain.min": 2500.0,
        "schema.mass.float_domain.max": 6500,
        "schema.mass.float_domain.disallow_nan": True,
        "schema.label.type": "BYTES",
        "schema.label.shape": True,
        "schema.label.string_domain.name": "classes",
        "schema.label.string_domain.value": ["auk", "a # {gull}"],
    }


@pytest.mark.parametrize("name", ["description", "label_name"])
def test_limit_of_a_column_called_like_a_word_of_ours_is_a_limit(name: str) -> None:
    checks = {"missing_values": {"description": "Few.", "max_shares": {name: 0.05}}}
    assert flatten_limits({"items": {"expectations": checks}}, "") == {
        f"items.expectations.missing_values.max_shares.{name}": 0.05
    }


def test_learned_limits_are_provisional(root: Path) -> None:
    status = status_of(root)
    assert status.is_provisional
    assert status.text == (
        "Provisional: 17 limits were learned from the data 5eed5eed5eed on "
        "2026-12-01, and nobody has approved them."
    )
    approvals = read_approvals(root, "birds")
    assert approvals is not None
    assert approvals.learned.limits == read_limits(root, "birds")


def test_curated_limits_have_no_status_and_cannot_be_approved(root: Path) -> None:
    (root / "data/birds/approvals.yaml").unlink()
    assert limit_status(root, "birds") is None
    assert learned_limits(root, "birds") == {}
    with pytest.raises(UsageError, match="no limits to approve: they are curated"):
        approve_now(root)


def test_date_is_a_limit_like_others(root: Path) -> None:
    change(root, "max_ratio: 3", "max_ratio: 2020-01-01")
    (pending,) = status_of(root).pending
    assert pending.text.endswith('.max_ratio changed: 3 -> "2020-01-01"')


def test_approved_limits_are_provisional_again_after_a_change(root: Path) -> None:
    approve_now(root)
    assert not status_of(root).is_provisional
    assert status_of(root).text.endswith(
        "approved by Ada on 2026-12-02: as in the field book"
    )
    change(root, "mass: 0.05", "mass: 0.2")
    status = status_of(root)
    assert status.is_provisional
    assert status.provisional == (
        "Provisional: 1 limit is not as approved by Ada on 2026-12-02: as in the field "
        "book",
        "items.expectations.missing_values.max_shares.mass changed: 0.05 -> 0.2 "
        "(not approved)",
    )


def test_approved_change_stands_there_with_old_new_who_and_when(root: Path) -> None:
    change(root, "max: 6500", "max: 9000", "schema.pbtxt")
    approve_now(root)
    status = status_of(root)
    assert not status.is_provisional
    assert status.waived == ()
    assert status.lines[1:] == (
        "approved by Ada on 2026-12-02T10:00:00+00:00: as in the field book",
        "schema.mass.float_domain.max changed: 6500 -> 9000 "
        "(by Ada, 2026-12-02T10:00:00+00:00)",
    )


@pytest.mark.parametrize(
    ("old", "new", "waived"),
    [
        (
            "    class_balance: {description: Few., severity: critical, max_ratio: 3}",
            "",
            [
                "items.expectations.class_balance.severity waived: critical -> none",
                "items.expectations.class_balance.max_ratio waived: 3 -> none",
            ],
        ),
        (
            "severity: critical, max_ratio: 3",
            "severity: warning, max_ratio: 3",
            ["items.expectations.class_balance.severity waived: critical -> warning"],
        ),
    ],
)
def test_removed_or_lowered_limit_is_waived(
    root: Path, old: str, new: str, waived: list[str]
) -> None:
    change(root, old, new)
    assert status_of(root).waived == tuple(f"{line} (not approved)" for line in waived)
    approve_now(root)
    by = "(by Ada, 2026-12-02T10:00:00+00:00)"
    assert status_of(root).waived == tuple(f"{line} {by}" for line in waived)


def test_second_approval_keeps_the_first_and_needs_a_change(root: Path) -> None:
    approve_now(root)
    with pytest.raises(UsageError, match="approved as they are, by Ada"):
        approve_now(root, "Bob")
    change(root, "max_ratio: 3", "max_ratio: 4")
    approve_now(root, "Bob \u2013 second")
    status = status_of(root)
    assert [a.who for a in status.approvals] == ["Ada", "Bob \u2013 second"]
    assert [(c.old, c.new) for c, _ in status.changes] == [(3, 4)]


def test_limits_of_a_run_count_and_not_those_of_today(root: Path) -> None:
    of_run = read_limits(root, "birds")
    change(root, "mass: 0.05", "mass: 0.9")
    approve_now(root)
    status = limit_status(root, "birds", of_run)
    assert status is not None
    assert [(c.old, c.new) for c in status.pending] == [(0.9, 0.05)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learned: 3", "expected a mapping"),
        ("learned: {when: 2026-12-01, from: a, limits: {}}", "when: expected a value"),
        ("learned: {when: a, from: a, limits: 3}", "limits: expected a mapping"),
        ("approvals: []", "missing 'learned'"),
    ],
)
def test_damaged_record_is_refused_with_its_place(
    root: Path, text: str, message: str
) -> None:
    (root / "data/birds/approvals.yaml").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_approvals(root, "birds")


def test_verdict_of_the_data_says_provisional_and_is_read_back(
    root: Path, tmp_path: Path
) -> None:
    record = make_passed_state(tmp_path / "state", "mnist-cnn").record
    folder = tmp_path / "reports" / "data" / "mnist"
    for status in (status_of(root), None):
        verdict = dataset_verdict(record, status)
        write_verdict(verdict, folder)
        assert read_dataset_verdict(tmp_path, "mnist") == verdict
        content: dict[str, Any] = read_json(folder / "verdict.json", "")
        if status:
            assert content["limits"]["provisional"] == list(status.provisional)
        else:
            assert "limits" not in content
