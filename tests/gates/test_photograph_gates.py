# SPDX-License-Identifier: Apache-2.0
"""A classifier of photographs that learned nothing is refused by what shows it."""

import json
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from components.core.project import project_root
from components.evaluator.classification.evaluate import evaluate_model
from components.evaluator.evaluation import Evaluation, evaluate, read_examples
from components.serving.saved_model import SavedModel
from components.trainer.cnn.params import Params
from components.trainer.cnn.run import run_fn
from components.trainer.images.params import ImageInput
from components.trainer.loop.params import Optimizer
from pipelines.config import load_config
from tests.support.datasets.photographs import (
    CLASSES,
    FACTS,
    Photographs,
    write_and_transform,
    write_photographs,
)

pytestmark = pytest.mark.slow

NUM_TRAIN = 90
PARAMS = Params(
    layers=("conv 16 stride 2", "conv 32 stride 2", "average"),
    batch_norm=True,
    temperature="fit",
    epochs=12,
    batch_size=16,
    precision="float32",
    image=ImageInput(size=24),
    optimizer=Optimizer(learning_rate=0.01, schedule="one_cycle"),
)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Photographs:
    folder = tmp_path_factory.mktemp("photographs")
    return write_and_transform(
        folder, {"train": NUM_TRAIN, "validation": 30, "test": 45}
    )


def test_model_of_shuffled_labels_is_refused_by_the_class_shares(
    photographs: Photographs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODL_HOME", str(tmp_path / "state"))
    sound = _judge(photographs.files("train"), photographs, tmp_path / "sound")
    assert sound.passed, sound.failed

    labels = np.random.default_rng(0).permutation(np.arange(NUM_TRAIN) % 3)
    shuffled = tmp_path / "examples"
    _write_with_other_labels(shuffled, labels.tolist())
    files = [str(shuffled / "Split-train" / "*")]
    refused = _judge(files, photographs, tmp_path / "shuffled")
    assert "test_log_loss_over_class_share.max" in {c.name for c in refused.failed}
    assert not refused.passed


def _judge(
    train_files: list[str], photographs: Photographs, folder: Path
) -> Evaluation:
    job = {
        "recipe": "shapes-cnn",
        "seed": 1,
        "params": asdict(PARAMS),
        "dataset": asdict(FACTS),
        "model_key": folder.name,
        "code_fingerprint": "s" * 64,
    }
    run_fn(
        SimpleNamespace(
            train_files=train_files,
            eval_files=photographs.files("validation"),
            transform_output=str(photographs.graph),
            serving_model_dir=str(folder / "model"),
            model_run_dir=str(folder / "model_run"),
            custom_config=json.loads(json.dumps(job)),
        )
    )
    facts = json.dumps(asdict(FACTS))
    return evaluate(
        candidate=SavedModel(folder / "model"),
        baseline=None,
        examples=read_examples(photographs.examples, "test", facts, batch_size=1000),
        evaluate_fn=evaluate_model,
        gate=json.dumps(_gate_of_cervix()),
    )


def _gate_of_cervix() -> dict[str, object]:
    """That of params.yaml, for the classes of the drawn shapes."""
    committed = load_config(project_root()).recipe("cervix-cnn").gate
    ratio = "test_log_loss_over_class_share"
    recall = committed["test_recall_type_1"]
    return {
        ratio: {"max": committed[ratio]["max"]},
        **{f"test_recall_{name}": recall for name in CLASSES},
    }


def _write_with_other_labels(examples: Path, labels: list[int]) -> None:
    """The pictures of the train split, each with the label of another one."""
    write_photographs(examples, "train", [i % 3 for i in range(NUM_TRAIN)], said=labels)
