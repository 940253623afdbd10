# SPDX-License-Identifier: Apache-2.0
"""Confusion matrix and ROC curve reach KFP's page through a real metadata store."""

from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2 as kfp
from numpy.typing import NDArray

from components.contracts.step_data import write_step_data
from pipelines.emulator.metadata import MetadataStore
from pipelines.kubeflow.visualizations.classification import classification_metrics
from tests.support.kfp_page import Drawn, read_page

CONFUSION = np.array([[40, 2], [5, 53]])


def _drawn(folder: Path, **arrays: NDArray[Any]) -> list[Drawn]:
    """What the page draws of an evaluation section with these arrays."""
    facts = {"details": {"classes": ["cat", "dog"]}}
    write_step_data(folder / "section", "a.renderer", facts, arrays)
    drawing = classification_metrics({"section": folder / "section"})
    artifact = kfp.RuntimeArtifact(uri="minio://bucket/classification")
    artifact.type.schema_title = "system.ClassificationMetrics"
    json_format.ParseDict(dict(drawing.properties), artifact.metadata)
    store = MetadataStore(folder / "mlmd.sqlite", "cats-dogs", "run")
    inputs = kfp.ExecutorInput.Inputs()
    outputs = {"classification": artifact}
    store.record("Evaluate", "COMPLETE", "", inputs, outputs, {})
    return read_page(folder / "mlmd.sqlite", str)


def test_confusion_matrix_has_the_true_class_by_row(tmp_path: Path) -> None:
    (drawn,) = _drawn(tmp_path, confusion=CONFUSION)
    assert drawn.name == "classification"
    assert drawn.confusion == (["cat", "dog"], [[40, 2], [5, 53]])
    assert drawn.roc == []


def test_without_valid_predictions_nothing_is_drawn(tmp_path: Path) -> None:
    assert _drawn(tmp_path) == []
