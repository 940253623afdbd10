# SPDX-License-Identifier: Apache-2.0
"""The model card holds everything that the records hold."""

import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from components.contracts.purpose import Purpose
from components.evaluator.gate import check_gate, read_gate
from components.pusher.card_loading import own_modules
from components.pusher.model_card import write_model_card
from tests.support.models.classifiers import DATASET, PROVENANCE

METRICS = {
    "values": {"test_accuracy": 0.9963, "test_log_loss": 0.0123, "test_recall_0": 1.0},
    "protocol": {
        "split": "test",
        "examples": "10000",
        "data_sha256": "c" * 64,
        "seed": "7",
        "unit.test_accuracy": "share of examples",
        "unit.test_log_loss": "nats per example",
        "unit.test_recall_0": "share of the examples of the class",
        "unit.test_precision_9": "share of the predictions of the class",
    },
    "baseline": {"test_accuracy": 0.9941},
}
SOURCE = {
    "title": "MNIST handwritten digits",
    "licence": "CC BY-SA 3.0",
    "citation": "Y. LeCun",
    "homepage": "http://example.com/",
}
PURPOSE = Purpose("A classifier of images", "It tells digits apart.", "It errs.")
PROBES = [
    {
        "signature": "predict_images",
        "inputs": {"images": {"dtype": "uint8", "shape": [8, 28, 28, 1]}},
        "outputs": {"probabilities": {"dtype": "float32", "shape": [8, 10]}},
    }
]
GATE = {
    "test_accuracy": {"min": 0.994, "not_worse_by": 0.001},
    "test_log_loss": {"max": 0.03},
    "test_precision_9": {"min": 0.5},
}


@pytest.fixture
def checks() -> list[dict[str, Any]]:
    gate = read_gate(GATE, "gate")
    return [asdict(c) for c in check_gate(METRICS["values"], METRICS["baseline"], gate)]


def _card(
    folder: Path, checks: list[dict[str, Any]], dataset: dict[str, Any] = DATASET
) -> str:
    path = folder / "MODEL_CARD.md"
    provenance = {**PROVENANCE, "dataset": dataset}
    write_model_card(provenance, METRICS, checks, path, PURPOSE, SOURCE, PROBES)
    return path.read_text()


def test_remark_on_a_training_is_on_the_card(
    tmp_path: Path, checks: list[dict[str, Any]]
) -> None:
    path = tmp_path / "card.md"
    provenance = {**PROVENANCE, "remarks": ["The temperature stays 1."]}

    write_model_card(provenance, METRICS, checks, path, PURPOSE)

    assert "| remark | The temperature stays 1. |" in path.read_text()


def test_card_is_complete(tmp_path: Path, checks: list[dict[str, Any]]) -> None:
    card = _card(tmp_path, checks)
    wanted = [
        *GATE,
        *METRICS["values"],
        *(check["name"] for check in checks),
        *(check["wanted"] for check in checks),
        *("0.9963", "0.0123", "nats per example", "0.9941", "not measured"),
        *SOURCE.values(),
        *(DATASET["content_sha256"], DATASET["dvc_md5"], "official"),
        *("28 x 28 x 1", ", ".join(DATASET["classes"])),
        *(PROVENANCE["git"]["commit"], PROVENANCE["model_key"], "7850", "12.5"),
        *('"epochs": 3', "Intended use and limits", "10000"),
        *(PURPOSE.kind, PURPOSE.use, PURPOSE.limits),
        'model.signatures["predict_images"](images=images)',
        *("# images: uint8 [n, 28, 28, 1]", "float32 [n, 10]"),
    ]
    assert [text for text in wanted if text not in card] == []


def test_card_of_full_records_lacks_nothing(
    tmp_path: Path, checks: list[dict[str, Any]]
) -> None:
    assert "not recorded" not in _card(tmp_path, checks)


@pytest.mark.parametrize(
    ("modules", "line"),
    [
        ((), "It has layers of Keras alone."),
        (("mine.model",), "import mine.model  # its own layers"),
    ],
)
def test_card_shows_rest_and_keras(
    tmp_path: Path, modules: tuple[str, ...], line: str
) -> None:
    path = tmp_path / "card.md"
    write_model_card(
        *(PROVENANCE, METRICS, [], path, PURPOSE),
        signature_examples=PROBES,
        keras_modules=modules,
    )
    card = path.read_text()
    assert line in card
    assert 'load_model("<this folder>/model.keras")' in card
    assert 'TFSMLayer("<this folder>", call_endpoint="predict_images")' in card
    body = '{"signature_name": "predict_images", "instances": [<uint8 [28, 28, 1]>]}'
    assert f":predict -d '{body}'" in card


def test_modules_of_own_layers_are_read_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "model.keras"
    assert own_modules(file) is None
    layers = [
        {"module": "keras.layers", "class_name": "Dense", "registered_name": None},
        {"module": "keras.src.models", "registered_name": "Functional"},
        {"module": "mine.model", "class_name": "A", "registered_name": "mine>A"},
    ]
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": layers}}))
    assert own_modules(file) == ("mine.model",)


def test_failed_check_is_told_from_a_passed_one(
    tmp_path: Path, checks: list[dict[str, Any]]
) -> None:
    lines = _card(tmp_path, checks).splitlines()
    (line,) = (line for line in lines if line.startswith("| `test_precision_9.min`"))
    assert "**failed**" in line


def test_synthetic_data_are_flagged(
    tmp_path: Path, checks: list[dict[str, Any]]
) -> None:
    assert "Synthetic data" not in _card(tmp_path, checks)
    synthetic = {**DATASET, "variant": "synthetic"}
    assert "**Synthetic data.**" in _card(tmp_path, checks, synthetic)


def test_what_no_record_says_is_said_to_be_missing(tmp_path: Path) -> None:
    write_model_card({}, {}, [], tmp_path / "card.md", PURPOSE)
    card = (tmp_path / "card.md").read_text()
    assert "| licence | not recorded |" in card
    assert "| seed | not recorded |" in card


def test_text_from_outside_cannot_break_a_table(
    tmp_path: Path, checks: list[dict[str, Any]]
) -> None:
    path = tmp_path / "card.md"
    source = {**SOURCE, "licence": "a | b\nc"}
    write_model_card(PROVENANCE, METRICS, checks, path, PURPOSE, source)
    assert r"| licence | a \| b c |" in path.read_text()
