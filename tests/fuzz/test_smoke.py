# SPDX-License-Identifier: Apache-2.0
"""Few cases of every reader, and a campaign that goes on behind what ends a process."""

from pathlib import Path

import pytest

from tests.fuzz import unsound
from tests.fuzz.campaign import run_campaign
from tests.fuzz.reader import Campaign, reader_names

CASES = 60
# Each case starts a process.
SLOW_CASES = {"seven_zip": 10}


@pytest.mark.parametrize("name", reader_names())
def test_mutated_input_is_a_declared_error(name: str) -> None:
    campaign = Campaign(name, seed=7)
    start = len(campaign.corpus)
    numbers = range(start, start + SLOW_CASES.get(name, CASES))
    escapes = {n: campaign.run(campaign.content(n)) for n in numbers}
    assert {n: escape for n, escape in escapes.items() if escape} == {}


@pytest.mark.parametrize("name", reader_names())
def test_sound_input_is_read(name: str, tmp_path: Path) -> None:
    campaign = Campaign(name, seed=7)
    # The first of a corpus has no oddity that a reader refuses.
    campaign.module.run(campaign.corpus[0], tmp_path)


def test_case_depends_on_reader_seed_and_number_alone() -> None:
    contents = [Campaign("idx", seed).content(9) for seed in (0, 0, 1)]
    assert contents[0] == contents[1] != contents[2]


def test_what_ends_a_process_is_counted_and_the_campaign_goes_on() -> None:
    result = run_campaign(unsound.__name__, 0, len(unsound.FAULTS) + 1, seconds=60)
    assert result.num_cases == len(unsound.FAULTS) + 1
    found = {case.index: case.escape for case in result.escapes}
    assert found.keys() == set(range(len(unsound.FAULTS)))
    for index, (_, escape) in enumerate(unsound.FAULTS):
        assert escape in found[index]
