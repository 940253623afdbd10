# SPDX-License-Identifier: Apache-2.0
"""Verdicts and metrics as rows of KFP's table."""

from dataclasses import replace
from pathlib import Path

from components.contracts.verdicts import (
    GateCheck,
    ModelVerdict,
    write_model_verdict,
)
from components.evaluator.metrics import Metrics, write_metrics
from components.validation.verdict import DataCheck, Verdict, write_verdict
from pipelines.kubeflow.visualizations.scalars import (
    data_checks,
    model_gate,
    model_metrics,
)

ACCURACY = GateCheck(
    "test_accuracy.min", "test_accuracy", "at least 0.99", "0.98", False, 0.98
)
MISSING = GateCheck("test_auc.min", "test_auc", "at least 0.9", "not measured", False)
LABELS = DataCheck(
    "labels_are_known", "Known.", "critical", "no item", "3 of 500 items", "failed"
)


def test_refused_model_is_seen_and_why(tmp_path: Path) -> None:
    write_model_verdict(ModelVerdict((ACCURACY, MISSING)), tmp_path)
    assert model_gate({"evaluation": tmp_path}).properties == {
        "passed": 0,
        "failed_checks": 2,
        "test_accuracy.min": 0.98,
        "test_accuracy.min.passed": 0,
        "test_accuracy.min.wanted": "at least 0.99",
        "test_auc.min": "not measured",
        "test_auc.min.passed": 0,
        "test_auc.min.wanted": "at least 0.9",
    }


def test_refused_data_are_seen_and_a_warning_does_not_refuse(tmp_path: Path) -> None:
    warning = replace(LABELS, name="class_balance", severity="warning")
    held = replace(LABELS, name="image_size", status="passed", received="0 items")
    write_verdict(Verdict("items", (LABELS, warning, held)), tmp_path)
    rows = data_checks({"result": tmp_path}).properties
    assert (rows["passed"], rows["failed_checks"], rows["blocking_checks"]) == (0, 2, 1)
    assert rows["labels_are_known"] == "3 of 500 items"
    assert rows["labels_are_known.wanted"] == "no item"
    assert (rows["labels_are_known.passed"], rows["image_size.passed"]) == (0, 1)
    write_verdict(Verdict("items", (warning, held)), tmp_path)
    assert data_checks({"result": tmp_path}).properties["passed"] == 1


def test_metrics_are_named_with_their_unit(tmp_path: Path) -> None:
    values = {"test_log_loss": 0.25, "test_count": 3.0}
    protocol = {"unit.test_log_loss": "nats per example", "split": "test"}
    write_metrics(Metrics(values, protocol), tmp_path)
    assert model_metrics({"evaluation": tmp_path}).properties == {
        "test_log_loss [nats per example]": 0.25,
        "test_count": 3.0,
    }
