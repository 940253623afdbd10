# SPDX-License-Identifier: Apache-2.0
"""Confusion matrix and ROC curve reach KFP's page through a real metadata store."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp
from numpy.typing import NDArray

from components.contracts.step_data import write_step_data
from pipelines.emulator.metadata import MetadataStore
from pipelines.kubeflow.visualizations.classification import (
    MAX_POINTS,
    classification_metrics,
)
from pipelines.kubeflow.visualizations.drawing import Drawing
from tests.support.kfp_page import Drawn, read_page

CONFUSION = np.array([[40, 2], [5, 53]])


def _drawing(folder: Path, **arrays: NDArray[Any]) -> Drawing:
    """The properties for an evaluation section with these arrays."""
    facts = {"details": {"classes": ["cat", "dog"]}}
    write_step_data(folder / "section", "a.renderer", facts, arrays)
    return classification_metrics({"section": folder / "section"})


def _drawn(folder: Path, drawing: Drawing) -> list[Drawn]:
    """What the page draws of these properties."""
    artifact = kfp.RuntimeArtifact(uri="minio://bucket/classification")
    artifact.type.schema_title = "system.ClassificationMetrics"
    json_format.ParseDict(dict(drawing.properties), artifact.metadata)
    store = MetadataStore(folder / "mlmd.sqlite", "cats-dogs", "run")
    inputs = kfp.ExecutorInput.Inputs()
    outputs = {"classification": artifact}
    store.record("Evaluate", "COMPLETE", "", inputs, outputs, {})
    return read_page(folder / "mlmd.sqlite", str)


def _points(drawing: Drawing) -> list[tuple[float, float, float]]:
    names = ("confidenceThreshold", "falsePositiveRate", "recall")
    listed = drawing.properties["confidenceMetrics"]
    assert all(point.keys() == set(names) for point in listed)
    return [tuple(point[name] for name in names) for point in listed]


def test_confusion_matrix_has_the_true_class_by_row(tmp_path: Path) -> None:
    (drawn,) = _drawn(tmp_path, _drawing(tmp_path, confusion=CONFUSION))
    assert drawn.name == "classification"
    assert drawn.confusion == (["cat", "dog"], [[40, 2], [5, 53]])
    assert drawn.roc == []


def test_short_curve_keeps_every_point(tmp_path: Path) -> None:
    rates = np.array([[0.0, 0.0, 0.5, 1.0], [0.0, 0.7, 0.9, 1.0]])
    thresholds = np.array([np.inf, 0.9, 0.4, 0.1])
    drawing = _drawing(tmp_path, roc=rates, roc_thresholds=thresholds)
    assert _points(drawing) == [
        (1.0, 0.0, 0.0),
        (0.9, 0.0, 0.7),
        (0.4, 0.5, 0.9),
        (0.1, 1.0, 1.0),
    ]


def test_curve_of_a_large_split_keeps_its_ends(tmp_path: Path) -> None:
    rates = np.stack([np.linspace(0, 1, 5001), np.sqrt(np.linspace(0, 1, 5001))])
    thresholds = np.concatenate([[np.inf], np.linspace(0.99, 0.01, 5000)])
    drawing = _drawing(tmp_path, roc=rates, roc_thresholds=thresholds)
    points = _points(drawing)
    assert len(points) == MAX_POINTS
    assert points[0] == (1.0, 0.0, 0.0)
    assert points[-1] == pytest.approx((0.01, 1.0, 1.0))
    (drawn,) = _drawn(tmp_path, drawing)
    assert drawn.roc == [point[1:] for point in points]


def test_without_valid_predictions_nothing_is_drawn(tmp_path: Path) -> None:
    assert _drawn(tmp_path, _drawing(tmp_path)) == []
