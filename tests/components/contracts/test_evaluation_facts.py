# SPDX-License-Identifier: Apache-2.0
"""Facts that only an evaluation uses are read from the folder of their data set."""

from pathlib import Path

import pytest

from components.contracts.evaluation_facts import EvaluationFacts, read_evaluation_facts
from components.core.errors import UsageError


def _write(root: Path, text: str) -> None:
    folder = root / "data" / "novel"
    folder.mkdir(parents=True)
    (folder / "evaluation.yaml").write_text(text)


def test_data_set_without_the_file_has_no_facts(tmp_path: Path) -> None:
    assert read_evaluation_facts(tmp_path, "novel") == {}


def test_facts_that_are_left_out_are_not_passed_on(tmp_path: Path) -> None:
    _write(tmp_path, "prompt: call me\n")

    assert read_evaluation_facts(tmp_path, "novel") == {"prompt": "call me"}


def test_unknown_key_is_refused_by_the_nearest_one(tmp_path: Path) -> None:
    _write(tmp_path, "promt: call me\n")

    with pytest.raises(UsageError, match=r"evaluation.yaml.*'promt'.*'prompt'"):
        read_evaluation_facts(tmp_path, "novel")


def test_facts_can_be_the_key_of_a_cache() -> None:
    """Evaluations keep their references by the split, which has the facts."""
    ceilings = {"synthetic": 0.9}
    facts = EvaluationFacts(rmse_ceilings=ceilings)
    assert {facts: 1}[EvaluationFacts(rmse_ceilings=dict(ceilings))] == 1
    assert facts not in {EvaluationFacts(): 1}
