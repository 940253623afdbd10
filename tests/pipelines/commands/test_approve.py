# SPDX-License-Identifier: Apache-2.0
"""`prodl approve`: verdict, pages, card, evidence and trace say who approved limits."""

import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from components.core.json_files import read_json
from pipelines.__main__ import main
from pipelines.approvals.record import learned_text
from pipelines.commands import publish
from pipelines.publishing.evidence import read_evidence
from pipelines.run_record import RunRecord, save_record
from pipelines.verdicts import write_verdict
from tests.support.passed_run import make_passed_state
from tests.support.project import RECIPE, make_project


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose limits were learned, with a run whose model passed."""
    monkeypatch.setattr(publish, "check_serving", lambda *_: None)
    monkeypatch.delenv("PRODL_HOME", raising=False)
    root = make_project(tmp_path / "project").root
    monkeypatch.setenv("PRODL_ROOT", str(root))
    folder = root / "data" / "mnist"
    expectations = yaml.safe_load((folder / "expectations.yaml").read_text())
    schema = (folder / "schema.pbtxt").read_text()
    text = learned_text("mnist", "5eed" * 16, "2026-12-01", expectations, schema)
    (folder / "approvals.yaml").write_text(text)
    passed = make_passed_state(root / ".prodl", RECIPE)
    write_verdict(passed.verdict(), root / "reports" / RECIPE)
    data = RunRecord("mnist.1", "abc", passed.record.data, "", passed.record.steps[:-5])
    save_record(data, root / ".prodl", "mnist")
    return root


def _prodl(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def _newest(root: Path) -> Path:
    found = (root / "models" / RECIPE).glob("[0-9]*")
    return max(found, key=lambda path: int(path.name))


def test_provisional_limits_are_called_so_until_they_are_approved(root: Path) -> None:
    assert _prodl("publish", RECIPE).exit_code == 0
    first = _newest(root)
    (provisional,) = read_evidence(first).provisional
    assert provisional.startswith("Provisional: ")
    assert "**Provisional limits.**" in (first / "MODEL_CARD.md").read_text()
    for page in ("model.html", "data.html"):
        assert "nobody has approved them" in (first / "evidence" / page).read_text()
    assert provisional in _prodl("trace", RECIPE).output

    limits = root / "data" / "mnist" / "expectations.yaml"
    changed = yaml.safe_load(limits.read_text())
    changed["items"]["expectations"]["class_balance"]["max_ratio"] = 77
    limits.write_text(yaml.safe_dump(changed))
    said = _prodl("approve", "mnist", "--reason", "as the  makers say")
    assert said.exit_code == 0, said.output
    assert "as the makers say" in said.output
    assert "class_balance.max_ratio changed: " in said.output

    data = root / "reports" / "data" / "mnist"
    assert read_json(data / "verdict.json", "")["limits"]["provisional"] == []
    for page in (data, root / "reports" / RECIPE):
        text = (page / "index.html").read_text()
        assert "as the makers say" in text
        assert "Provisional" not in text

    assert _prodl("publish", RECIPE).exit_code == 0
    second = _newest(root)
    assert second != first
    evidence = read_evidence(second)
    assert evidence.provisional == ()
    assert any("-> 77 (by " in line for line in evidence.limits)
    assert (second / "evidence" / "approvals.yaml").is_file()
    card = (second / "MODEL_CARD.md").read_text()
    assert "Provisional" not in card
    assert "as the makers say" in card
    assert "as the makers say" in _prodl("trace", RECIPE).output

    assert "is this model already" in _prodl("publish", RECIPE).output


def test_approval_needs_a_reason_a_data_set_and_something_to_approve(
    root: Path,
) -> None:
    assert _prodl("approve", "mnist").exit_code == 2
    empty = _prodl("approve", "mnist", "--reason", "  ")
    assert (empty.exit_code, "expected a reason" in empty.output) == (2, True)
    unknown = _prodl("approve", "mnst", "--reason", "x")
    assert "Did you mean 'mnist'" in unknown.output
    shutil.rmtree(root / ".prodl")
    assert _prodl("approve", "mnist", "--reason", "x").exit_code == 0
    again = _prodl("approve", "mnist", "--reason", "y")
    assert "Nothing has changed since" in again.output
