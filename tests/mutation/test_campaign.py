# SPDX-License-Identifier: Apache-2.0
"""A campaign on a module of three lines, and the named mutants on this code."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutation.campaign import Campaign, Results
from tests.mutation.drawing import changes_of
from tests.mutation.mutant import Mutant, StaleMutant, read_catalogue
from tests.mutation.table import format_results
from tests.mutation.workplace import ROOT, CampaignError, Workplace

MODULE = "def is_adult(age: int) -> bool:\n    return age >= 18 and age < 150\n"
TEST = "from tiny import is_adult\n\ndef test_age():\n    assert is_adult(18)\n"
KILLED = Mutant(
    name="T1",
    area="ages",
    what="adults are older than 18",
    file="tiny.py",
    old=">= 18",
    new="> 18",
    tests=("test_tiny.py",),
)
SURVIVOR = replace(KILLED, name="T2", what="nobody is 149", old="< 150", new="< 149")


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """A tree with one module, whose test asks too little."""
    (tmp_path / "tiny.py").write_text(MODULE)
    (tmp_path / "test_tiny.py").write_text(TEST)
    return Workplace(tmp_path)


def test_fault_that_a_test_notices_is_killed_and_another_survives(
    place: Workplace,
) -> None:
    file = place.root / "results.json"
    lines: list[str] = []
    campaign = Campaign(place, Results(file), True, lines.append)
    results = campaign.run([KILLED, SURVIVOR])
    assert [result.killed_by for result in results] == ["fast", ""]
    assert results[0].reason == "FAILED test_tiny.py::test_age"
    table = format_results([KILLED, SURVIVOR], results)
    assert "| ages | 2 | 1 | 0 | T2 |" in table
    assert "Killed: 1 of 2 (50.0%)" in table
    assert (place.root / "tiny.py").read_text() == MODULE

    # A second campaign goes on from the results of the first.
    again = Campaign(place, Results(file), True, lines.append)
    assert again.run([KILLED, SURVIVOR]) == results
    assert len(lines) == 2


def test_tests_that_fail_without_a_mutant_prove_nothing(place: Workplace) -> None:
    (place.root / "test_tiny.py").write_text(TEST.replace("18", "17"))
    campaign = Campaign(place, Results(place.root / "results.json"))
    with pytest.raises(CampaignError, match="without T1 all its tests fail"):
        campaign.run([KILLED])


@pytest.mark.parametrize("source", [MODULE.replace("18", "20"), MODULE + MODULE])
def test_mutant_of_other_code_is_named(source: str) -> None:
    with pytest.raises(StaleMutant, match="T1: expected its text once in tiny.py"):
        KILLED.apply(source)


def test_every_place_of_a_module_may_be_drawn(place: Workplace) -> None:
    changes = {what: new for _, _, new, what in changes_of(place.root / "tiny.py")}
    assert changes["line 2: and / or"] == "(age >= 18 or age < 150)"
    assert changes["line 2: returns None"] == "return None"
    assert changes["line 2: constant + 1"] == "(150 + 1)"
    assert changes["line 2: comparison"] == "(age <= 150)"


def test_named_mutants_are_mutants_of_this_code() -> None:
    mutants = read_catalogue()
    assert len({mutant.name for mutant in mutants}) == len(mutants) > 100
    for mutant in mutants:
        mutant.apply((ROOT / mutant.file).read_text(encoding="utf-8"))
        files = (*mutant.tests, *mutant.slow_tests)
        assert all((ROOT / name).is_file() for name in files), mutant.name
