# SPDX-License-Identifier: Apache-2.0
"""A model passes by proof of its own run; whatever is missing, it does not pass."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from components.contracts.verdicts import (
    MODEL_SHA256,
    ModelVerdict,
    write_model_verdict,
)
from components.core.hashing import hash_directory
from components.validation.verdict import Verdict, write_verdict
from pipelines import verdicts
from pipelines.lineage.blessing import BLESSED
from pipelines.lineage.database import DATABASE
from pipelines.nodes import (
    DISTRIBUTION_VALIDATION,
    EVALUATION,
    ITEM_VALIDATION,
    PUSHED_MODEL,
    NodeOutput,
)
from pipelines.verdicts import dataset_verdict
from tests.support.passed_run import CHECKS, DATA_CHECK, PassedState, make_passed_state


@pytest.fixture
def passed(tmp_path: Path) -> PassedState:
    return make_passed_state(tmp_path / "state", "mnist-cnn")


def _drop(passed: PassedState, output: NodeOutput) -> None:
    step = next(step for step in passed.record.steps if step.node == output.node)
    del step.outputs[output.key]


def test_model_of_a_whole_run_passes_with_its_hash_and_key(passed: PassedState) -> None:
    verdict = passed.verdict()
    assert verdict.passed, verdict.text
    assert verdict.model_sha256 == hash_directory(passed.folders[PUSHED_MODEL])
    assert verdict.model_key == "key of mnist-cnn"
    assert verdict.pushed == "artifacts/Pusher/pushed_model/1"


def _no_blessing(passed: PassedState) -> None:
    (passed.state / DATABASE).unlink()


def _not_blessed(passed: PassedState) -> None:
    passed.blessing({BLESSED: 0, MODEL_SHA256: passed.sha256})


def _failed_evaluation(passed: PassedState) -> None:
    facts = {BLESSED: 1, MODEL_SHA256: passed.sha256}
    passed.blessing(facts, "FAILED")


def _blessing_of_another(passed: PassedState) -> None:
    passed.blessing({BLESSED: 1, MODEL_SHA256: "0" * 64})


def _other_run(passed: PassedState) -> None:
    passed.record.name = "mnist-cnn.2"


def _no_checks(passed: PassedState) -> None:
    sha256 = passed.sha256
    write_model_verdict(ModelVerdict((), sha256), passed.folders[EVALUATION])


def _other_files(passed: PassedState) -> None:
    (passed.folders[PUSHED_MODEL] / "saved_model.pb").write_bytes(b"another")


def _stopped(passed: PassedState) -> None:
    passed.record.steps[-1].status = "failed"


def _ended_by_an_error(passed: PassedState) -> None:
    passed.record.error = RuntimeError("killed")


def _no_item_checks(passed: PassedState) -> None:
    _drop(passed, ITEM_VALIDATION)


def _no_distribution_checks(passed: PassedState) -> None:
    _drop(passed, DISTRIBUTION_VALIDATION)


def _empty_item_checks(passed: PassedState) -> None:
    write_verdict(Verdict("items", ()), passed.folders[ITEM_VALIDATION])


def _nothing_pushed(passed: PassedState) -> None:
    _drop(passed, PUSHED_MODEL)


def _nothing_evaluated(passed: PassedState) -> None:
    _drop(passed, EVALUATION)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_no_blessing, "the metadata store has not blessed the model"),
        (_not_blessed, "the metadata store has not blessed the model"),
        (_failed_evaluation, "the metadata store has not blessed the model"),
        (_other_run, "the metadata store has not blessed the model"),
        (_blessing_of_another, "the metadata store has blessed another model"),
        (_no_checks, "no verdict on the model with a check in it"),
        (_nothing_evaluated, "no verdict on the model with a check in it"),
        (_other_files, "the pushed model is not the one that was evaluated"),
        (_nothing_pushed, "it has pushed no model"),
        (_stopped, "Pusher: first run"),
        (_ended_by_an_error, "the run: killed"),
        (_no_item_checks, "no result of both that passed"),
        (_no_distribution_checks, "no result of both that passed"),
        (_empty_item_checks, "no result of both that passed"),
    ],
)
def test_model_without_a_proof_does_not_pass(
    passed: PassedState, spoil: Callable[[PassedState], None], reason: str
) -> None:
    spoil(passed)
    verdict = passed.verdict()
    assert not verdict.passed
    assert reason in verdict.text
    assert (verdict.pushed, verdict.model_sha256) == ("", "")


def test_failed_check_of_the_gate_is_the_reason(passed: PassedState) -> None:
    failed = (*CHECKS, replace(CHECKS[0], name="test_log_loss.max", passed=False))
    write_model_verdict(ModelVerdict(failed, ""), passed.folders[EVALUATION])
    verdict = passed.verdict()
    assert not verdict.passed
    assert verdict.text.startswith("refused, test_log_loss.max: wanted")


def test_data_pass_by_the_results_of_both_stages(passed: PassedState) -> None:
    assert dataset_verdict(passed.record).passed


@pytest.mark.parametrize(
    "spoil",
    [_no_item_checks, _no_distribution_checks, _empty_item_checks, _ended_by_an_error],
)
def test_data_without_a_result_do_not_pass(
    passed: PassedState, spoil: Callable[[PassedState], None]
) -> None:
    spoil(passed)
    assert not dataset_verdict(passed.record).passed


@pytest.mark.parametrize("status", ["failed", "error"])
def test_data_with_a_critical_failure_do_not_pass(
    passed: PassedState, status: str
) -> None:
    check = replace(DATA_CHECK, status=status)  # type: ignore[arg-type]
    folder = passed.folders[DISTRIBUTION_VALIDATION]
    write_verdict(Verdict("distributions", (check,)), folder)
    assert not dataset_verdict(passed.record).passed


def test_verdict_on_data_comes_back(passed: PassedState, tmp_path: Path) -> None:
    verdict = dataset_verdict(passed.record)
    verdicts.write_verdict(verdict, tmp_path / "reports" / "data" / "mnist")
    assert verdicts.read_dataset_verdict(tmp_path, "mnist") == verdict
