# SPDX-License-Identifier: Apache-2.0
"""Deep belief nets: greedy layers, classifier and controls, export, report section."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.trainer.dbn import few_labels
from components.trainer.dbn.few_labels import Committee, train_pairs
from components.trainer.dbn.model import Layer, build_model, prepare_pixels
from components.trainer.dbn.params import FewLabels, Params, Pretraining
from components.trainer.dbn.pretraining import pretrain, train_layer
from components.trainer.dbn.run import run_fn
from components.trainer.dbn.train import Trained, train
from components.trainer.loop.params import EarlyStopping, Optimizer
from tests.support.datasets.examples import Ingested
from tests.support.training.interruptions import interrupt
from tests.support.training.runs import FACTS, Run, prepare_run
from tests.support.training.tiny import make_data

SHAPE = FACTS.image_shape
PARAMS = Params(
    optimizer=Optimizer(learning_rate=0.01),
    epochs=2,
    batch_size=32,
    units=(12, 8),
    dropout=0.1,
    pretraining=Pretraining(epochs=2, batch_size=32),
    precision="float32",
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train(PARAMS, make_data(), tmp_path_factory.mktemp("dbn"), seed=1)


@pytest.fixture(scope="module")
def run(ingested: Ingested, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("dbn_run")
    run = prepare_run(folder, ingested, replace(PARAMS, epochs=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODL_HOME", str(folder / "state"))
        run_fn(run.fn_args)
    return run


def test_networks_have_the_sizes_of_the_book_and_of_the_paper() -> None:
    for units, count in (((500,), 397_510), ((500, 500, 2000), 1_665_010)):
        model = build_model(replace(PARAMS, units=units), SHAPE, 10)
        assert model.count_params() == count


def test_layer_below_no_longer_changes(trained: Trained, tmp_path: Path) -> None:
    alone = pretrain(replace(PARAMS, units=(12,)), make_data(), tmp_path, seed=1)
    first, second = trained.stack.layers
    np.testing.assert_array_equal(first.weights, alone.layers[0].weights)
    assert (first.weights.shape, second.weights.shape) == ((784, 12), (12, 8))
    assert len(trained.stack.errors) == 2


def test_second_layer_learns_the_mean_activations_of_the_first(
    trained: Trained, tmp_path: Path
) -> None:
    first, second = trained.stack.layers
    data = make_data()
    parts = []
    for images in (data.train.images, data.validation.images):
        pixels = np.asarray(prepare_pixels(PARAMS, images)).reshape(len(images), -1)
        parts.append(tf.sigmoid(pixels @ first.weights + first.bias).numpy())
    # The seed of a layer follows that of the one below.
    machine, _ = train_layer(PARAMS, *parts, 8, tmp_path, seed=2)
    np.testing.assert_allclose(
        machine.machine.weights.numpy(), second.weights, atol=1e-5
    )


def test_labels_are_not_used_in_pretraining(trained: Trained, tmp_path: Path) -> None:
    data = make_data()
    labels = (data.train.labels + 1) % 10
    other = replace(data, train=replace(data.train, labels=labels))
    stack = pretrain(PARAMS, other, tmp_path, seed=1)
    for one, same in zip(stack.layers, trained.stack.layers, strict=True):
        np.testing.assert_array_equal(one.weights, same.weights)


def test_classifier_starts_at_the_pretrained_layers_and_its_control_does_not(
    tmp_path: Path,
) -> None:
    # So slow that the weights stay where the training started.
    slow = replace(PARAMS, epochs=1, optimizer=Optimizer(learning_rate=1e-9))
    trained = train(slow, make_data(), tmp_path, seed=1)
    control = trained.classifier.control
    assert control is not None
    for number, layer in enumerate(trained.stack.layers, 1):
        name = f"layer_{number}"
        weights, bias = trained.classifier.model.get_layer(name).get_weights()
        np.testing.assert_allclose(weights, layer.weights, atol=1e-6)
        np.testing.assert_allclose(bias, layer.bias, atol=1e-6)
        others, _ = control.model.get_layer(name).get_weights()
        assert np.abs(others - layer.weights).max() > 0.1


def test_control_is_trained_as_the_model_is(trained: Trained) -> None:
    classifier, control = trained.classifier, trained.classifier.control
    assert control is not None
    assert classifier.model.count_params() == control.model.count_params()
    before, after = trained.first_weights
    assert np.abs(before - after).max() > 0
    assert trained.outcome.details["control_accuracy"] == pytest.approx(
        control.outcome.validation["accuracy"]
    )
    assert {"val_accuracy", "control_val_accuracy"} <= trained.history[-1].keys()


def test_networks_of_few_labels_answer_together() -> None:
    images = make_data().validation.images[:7]
    models = [build_model(PARAMS, SHAPE, 10) for _ in range(3)]
    committee = Committee(PARAMS, [model.get_weights() for model in models])
    answers = np.asarray(committee(images))
    assert answers.shape == (7, 3, 10)
    # Each network says what it says alone, but for half precision.
    for number, model in enumerate(models):
        alone = tf.nn.softmax(model(images))
        np.testing.assert_allclose(answers[:, number], alone, atol=2e-3)
    assert np.abs(answers[:, 0] - answers[:, 1]).max() > 0.01


def test_learning_rate_of_few_labels_is_chosen_for_each_kind(
    trained: Trained,
) -> None:
    settings = FewLabels((20,), seeds=2, steps=10, learning_rates=(0.01,))
    # No network learns with that of the classifier.
    diverging = Optimizer(learning_rate=1000.0)
    params = replace(PARAMS, few_labels=settings, optimizer=diverging)
    pairs = train_pairs(params, make_data(), trained.stack, seed=1)
    assert pairs is not None
    assert pairs.rates == {
        "pretrained_20_labels": 0.01,
        "random_weights_20_labels": 0.01,
    }
    answers = np.asarray(pairs.committee(make_data().validation.images[:5]))
    # Two draws, each with two networks.
    assert answers.shape == (5, 4, 10)


def test_pretrained_and_random_networks_have_rates_of_their_own(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What each kind would reach with each rate.
    best = {True: 0.01, False: 0.1}

    def try_rate(
        params: Params, rate: float, data: Any, layers: tuple[Layer, ...], seed: int
    ) -> few_labels.Trial:
        loss = 0.0 if rate == best[bool(layers)] else 1.0
        weights = build_model(params, SHAPE, 10, layers).get_weights()
        return few_labels.Trial(rate, loss, weights)

    monkeypatch.setattr(few_labels, "_train", try_rate)
    settings = FewLabels((20,), seeds=2, steps=1, learning_rates=(0.001, 0.1))
    params = replace(PARAMS, few_labels=settings)
    pairs = train_pairs(params, make_data(), trained.stack, seed=1)
    assert pairs is not None
    assert pairs.rates == {
        "pretrained_20_labels": 0.01,
        "random_weights_20_labels": 0.1,
    }


def test_pixels_of_the_book_are_black_or_white() -> None:
    images = np.full((1, *SHAPE), 200, np.uint8)
    white = np.full_like(images, 255)
    for rule, same in (("threshold", True), ("grey", False)):
        model = build_model(replace(PARAMS, binarisation=rule), SHAPE, 10)
        assert np.allclose(model(images), model(white)) == same


@pytest.mark.slow
def test_interrupted_training_ends_with_the_same_numbers(tmp_path: Path) -> None:
    whole = train(PARAMS, make_data(), tmp_path / "whole", seed=1)
    # In the first epoch of the classifier, after both layers.
    interrupt(lambda: train(PARAMS, make_data(), tmp_path / "cut", seed=1), 2)
    resumed = train(PARAMS, make_data(), tmp_path / "cut", seed=1)
    for one, other in zip(resumed.history, whole.history, strict=True):
        del one["seconds"], other["seconds"]
        assert one == pytest.approx(other, rel=1e-4)


@pytest.mark.slow
def test_export_has_the_control_and_plain_keras_the_same_answers(
    run: Run, ingested: Ingested
) -> None:
    signatures = run.model.signatures
    assert {"predict_images", "predict_control", "features"} <= signatures.keys()
    images = tf.constant(ingested.validation_images[..., np.newaxis])
    answers = signatures["predict_images"](images=images)["probabilities"]
    plain = keras.saving.load_model(run.model_folder / "model.keras")
    np.testing.assert_allclose(plain.predict(images, verbose=0), answers, atol=1e-5)
    assert "Weights of the first layer" in run.section
    assert "Accuracy on validation images" in run.section


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("units", ()),
        ("units", (0,)),
        ("dropout", 1.0),
        ("input_dropout", -0.1),
        ("network", "mine.model.build_model"),
        ("early_stopping", EarlyStopping(patience=2)),
        ("optimizer", Optimizer(learning_rate=0.1, schedule="reduce_on_plateau")),
    ],
)
def test_impossible_parameter_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"{field}(\.\w+)?: expected"):
        replace(PARAMS, **{field: value})


def test_learning_rates_are_above_nothing() -> None:
    with pytest.raises(ValueError, match="learning_rates: expected numbers above 0"):
        FewLabels(labels=(600,), learning_rates=(0.1, 0.0))


def test_few_labels_are_not_learnt_by_signs_of_parts_of_a_gradient() -> None:
    rprop = Optimizer(learning_rate=0.01, name="rprop")
    whole = replace(PARAMS, optimizer=rprop, batch_size="all")
    with pytest.raises(ValueError, match="few_labels.labels: expected none with"):
        replace(whole, few_labels=FewLabels(labels=(20,)))


def test_comparison_needs_two_draws() -> None:
    with pytest.raises(ValueError, match="seeds: expected 2 or more"):
        FewLabels(labels=(600,), seeds=1)
