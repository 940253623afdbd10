# SPDX-License-Identifier: Apache-2.0
"""From Ingest's examples to an exported model, as TFX's Trainer runs it."""

import csv
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.report.section import read_section
from components.trainer.classifier.scores import log_loss
from components.trainer.cnn.run import run_fn
from components.trainer.images.arrays import read_images
from tests.support import preloaded
from tests.support.datasets.examples import (
    TRAIN_LABELS,
    VALIDATION_LABELS,
    Ingested,
    serialize,
)
from tests.support.training.runs import FACTS, Run, prepare_run
from tests.support.training.tiny import PARAMS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(ingested: Ingested, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    logged = replace(PARAMS, logs="tensorboard")
    prepared = prepare_run(folder, ingested, logged)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODL_HOME", str(folder / "state"))
        run_fn(prepared.fn_args)
    return prepared


def test_examples_come_in_the_order_of_their_ids(ingested: Ingested) -> None:
    arrays = read_images(ingested.files("train"), str(ingested.graph), FACTS)

    np.testing.assert_array_equal(arrays.images[..., 0], ingested.train_images)
    np.testing.assert_array_equal(arrays.labels, TRAIN_LABELS)
    assert arrays.label_weights.mean() == pytest.approx(1.0)


def test_missing_examples_are_named(ingested: Ingested, tmp_path: Path) -> None:
    empty = tmp_path / "data_tfrecord-00000-of-00001"
    empty.touch()

    with pytest.raises(ValueError, match="no examples in .*data_tfrecord"):
        read_images([str(empty)], str(ingested.graph), FACTS)


def test_label_outside_of_the_classes_is_refused(
    ingested: Ingested, tmp_path: Path
) -> None:
    file = tmp_path / "examples"
    with tf.io.TFRecordWriter(str(file)) as writer:
        writer.write(serialize(ingested.train_images[0], "ten", "train/0"))

    with pytest.raises(ValueError, match="1 examples have a label that is none of"):
        read_images([str(file)], str(ingested.graph), FACTS)


def test_both_signatures_agree(run: Run, ingested: Ingested) -> None:
    served = run.model.signatures
    images = ingested.validation_images
    # A caller has no label and no other feature.
    examples = [_image_only(image) for image in images]

    by_examples = served["serving_default"](examples=tf.constant(examples))
    by_pixels = served["predict_images"](images=tf.constant(images[..., np.newaxis]))

    probabilities = by_pixels["probabilities"].numpy()
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (60, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(by_examples["probabilities"], probabilities, rtol=1e-5)


def test_plain_keras_loads_the_same_model(
    run: Run, ingested: Ingested, tmp_path: Path
) -> None:
    images = ingested.validation_images[..., np.newaxis]
    np.save(tmp_path / "images.npy", images)
    # A process that has Keras and TensorFlow, and this project not on its path.
    code = (
        "import sys, keras, numpy as np; "
        f"model = keras.saving.load_model({str(run.model_folder / 'model.keras')!r}); "
        "np.save('answers.npy', model.predict(np.load('images.npy'), verbose=0)); "
        "assert not {'components', 'tfx'} & set(sys.modules); "
        "assert model.dtype == 'float32' and len(model.trainable_weights) > 2"
    )
    (tmp_path / "load.py").write_text(code)
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [preloaded.interpreter(), "-P", "load.py"]
    subprocess.run(command, cwd=tmp_path, env=env, check=True)

    served = run.model.signatures["predict_images"](images=tf.constant(images))
    answers = np.load(tmp_path / "answers.npy")
    np.testing.assert_allclose(answers, served["probabilities"], atol=1e-5)
    layer = keras.layers.TFSMLayer(str(run.model_folder), "predict_images")
    np.testing.assert_allclose(layer(images)["probabilities"], answers, atol=1e-5)


def test_features_are_what_the_logits_are_computed_from(
    run: Run, ingested: Ingested
) -> None:
    model = run.model
    images = tf.constant(ingested.validation_images[..., np.newaxis])
    features = model.signatures["features"](images=images)["features"].numpy()
    answers = model.signatures["predict_images"](images=images)

    weights = {tuple(v.shape): v.numpy() for v in model.variables}
    logits = features @ weights[(16, 10)] + weights[(10,)]
    temperature = run.provenance["details"]["temperature"]
    expected = tf.nn.softmax(logits / temperature)
    np.testing.assert_allclose(answers["probabilities"], expected, rtol=1e-3, atol=1e-6)


def test_full_examples_are_served_as_well(run: Run, ingested: Ingested) -> None:
    """TFMA sends what Ingest wrote, labels and all."""
    image = ingested.validation_images[0]
    serve = run.model.signatures["serving_default"]

    full = serve(examples=tf.constant([serialize(image, "3", "test/1")]))
    alone = serve(examples=tf.constant([_image_only(image)]))

    np.testing.assert_array_equal(full["probabilities"], alone["probabilities"])


def test_validation_metrics_are_those_of_the_exported_model(
    run: Run, ingested: Ingested
) -> None:
    predict = run.model.signatures["predict_images"]
    images = tf.constant(ingested.validation_images[..., np.newaxis])
    probabilities = predict(images=images)["probabilities"].numpy()

    loss = log_loss(np.log(probabilities), VALIDATION_LABELS)

    validation = run.provenance["validation"]
    assert validation["log_loss"] == pytest.approx(loss, rel=1e-4)
    hits = probabilities.argmax(axis=1) == VALIDATION_LABELS
    assert validation["accuracy"] == pytest.approx(hits.mean())


def test_exported_weights_are_float32(run: Run) -> None:
    floating = [v for v in run.model.variables if v.dtype.is_floating]

    assert {variable.dtype.name for variable in floating} == {"float32"}


def test_provenance_tells_what_the_model_was_made_of(run: Run) -> None:
    provenance = run.provenance

    assert provenance["recipe"] == "mnist-tiny"
    assert provenance["seed"] == 5
    assert provenance["params"]["augmentation"]["rotation"] == 10.0
    assert provenance["dataset"]["dvc_md5"] == FACTS.dvc_md5
    assert provenance["model_key"] == f"{run.folder.name}-key"
    assert provenance["code_fingerprint"] == "5" * 64
    assert set(provenance["git"]) == {"commit", "dirty"}
    assert {"tensorflow", "keras", "tfx"} <= set(provenance["libraries"])
    assert provenance["num_parameters"] == 12_782
    assert provenance["epochs"] == PARAMS.epochs
    assert provenance["train_seconds"] > 0
    assert provenance["precision"] == "float32"
    assert provenance["details"]["temperature"] > 0
    assert str(run.folder) not in json.dumps(provenance)


def test_history_has_a_row_per_epoch(run: Run) -> None:
    with (run.run_folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))

    assert list(rows[0]) == [
        "epoch",
        "loss",
        "accuracy",
        "val_loss",
        "val_accuracy",
        "learning_rate",
        "seconds",
    ]
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]


def test_curves_and_graph_are_written_for_tensorboard(run: Run) -> None:
    files = (run.run_folder / "tensorboard").glob("*/events.out.tfevents.*")

    assert {file.parent.name for file in files} == {"train", "validation"}


def test_section_shows_curves_and_facts(run: Run) -> None:
    section = read_section(run.run_folder)

    assert section.name == "training"
    assert section.html.count("<svg") >= 3
    assert section.facts["Number format"] == "float32"
    assert "12,782 parameters, 4 epochs" in section.summary
    assert len(section.facts["history"]) == 4


def test_checkpoints_are_removed_after_the_export(run: Run) -> None:
    assert not list((run.folder / "state" / "checkpoints").iterdir())


def _image_only(image: np.ndarray) -> bytes:
    example = tf.train.Example()
    example.features.feature["image"].bytes_list.value.append(image.tobytes())
    return bytes(example.SerializeToString())
