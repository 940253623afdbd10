# SPDX-License-Identifier: Apache-2.0
"""Restricted Boltzmann machines: gradients, training, export and report section."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.sampling.boltzmann import Boltzmann
from components.sampling.partition import exact_log_partition
from components.trainer.loop.params import Optimizer
from components.trainer.rbm.batches import binarised_batches
from components.trainer.rbm.gradients import expected_products, negative_gradients
from components.trainer.rbm.model import RBM
from components.trainer.rbm.params import MachineParams, Params, Sparsity
from components.trainer.rbm.run import run_fn
from components.trainer.rbm.train import train
from tests.support.datasets.examples import Ingested
from tests.support.training.interruptions import interrupt
from tests.support.training.runs import FACTS, Run, prepare_run
from tests.support.training.tiny import make_data

SHAPE = FACTS.image_shape
PARAMS = Params(
    optimizer=Optimizer(name="sgd", learning_rate=0.1, momentum=0.0, schedule="linear"),
    epochs=4,
    batch_size=32,
    binarisation="stochastic",
    units=16,
    persistent=True,
    sample_steps=20,
)


@pytest.fixture(scope="module")
def run(ingested: Ingested, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("rbm")
    run = prepare_run(folder, ingested, PARAMS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODL_HOME", str(folder / "state"))
        run_fn(run.fn_args)
    return run


def _states(count: int) -> np.ndarray:
    return (np.arange(2**count)[:, None] >> np.arange(count) & 1).astype(np.float32)


def _machine(parts: list[np.ndarray]) -> Boltzmann:
    return Boltzmann(*(tf.constant(part, tf.float32) for part in parts))


def test_gradient_of_endless_chains_is_that_of_the_likelihood() -> None:
    random = np.random.default_rng(1)
    parts = [random.normal(0, 0.8, shape) for shape in ((5, 4), 5, 4)]
    data = random.integers(0, 2, (7, 5)).astype(np.float32)

    def nats(changed: list[np.ndarray]) -> float:
        energies = _machine(changed).free_energy(data).numpy().astype(np.float64)
        return float(energies.mean() + exact_log_partition(_machine(changed)))

    machine, states = _machine(parts), _states(5)
    shares = np.exp(-machine.free_energy(states).numpy())
    shares = (shares / shares.sum()).astype(np.float32)
    gradients = negative_gradients(
        expected_products(machine, data), expected_products(machine, states, shares)
    )
    for number, gradient in enumerate(gradients):
        for place in list(np.ndindex(parts[number].shape))[:6]:
            ends = []
            for change in (0.02, -0.02):
                changed = [part.copy() for part in parts]
                changed[number][place] += change
                ends.append(nats(changed))
            slope = (ends[0] - ends[1]) / 0.04
            assert float(gradient[place]) == pytest.approx(slope, abs=2e-3)


def test_expectation_is_of_the_product_and_not_of_the_hidden_units_alone() -> None:
    random = np.random.default_rng(2)
    machine = _machine([random.normal(0, 1, shape) for shape in ((3, 2), 3, 2)])
    visible = random.integers(0, 2, (50, 3)).astype(np.float32)
    products, means, hidden = expected_products(machine, visible)
    apart = means.numpy()[:, np.newaxis] * hidden.numpy()
    assert np.abs(products - apart).max() > 0.02


def test_first_machine_of_the_house_has_the_base_rates_of_the_data() -> None:
    mean = np.array([0.0, 0.25, 1.0])
    model = RBM(MachineParams(persistent=True), mean, 1000, 500, 100, seed=1)
    bias = model.machine.visible_bias.numpy()
    np.testing.assert_allclose(1 / (1 + np.exp(-bias)), mean, atol=0.002)
    assert float(tf.math.reduce_std(model.machine.weights)) == pytest.approx(0.01, 0.1)
    book = RBM(MachineParams(start="book"), np.full(784, 0.1), 1000, 500, 100, seed=1)
    assert float(tf.math.reduce_std(book.machine.weights)) == pytest.approx(0.1, 0.01)
    assert float(tf.reduce_min(book.machine.hidden_bias)) >= 0
    assert book.count_params() == 393_284


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("persistent", [True, False])
def test_chains_walk_as_often_as_asked_and_go_on_only_if_persistent(
    steps: int, persistent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks = []
    walk = Boltzmann.walk

    def note(machine: Boltzmann, visible: tf.Tensor, steps: int, seed: Any) -> Any:
        drawn = walk(machine, visible, steps, seed)
        walks.append((np.asarray(visible), steps, np.asarray(drawn)))
        return drawn

    monkeypatch.setattr(Boltzmann, "walk", note)
    random = np.random.default_rng(3)
    batch = tf.constant(random.integers(0, 2, (8, 6)), tf.float32)
    params = MachineParams(persistent=persistent, steps=steps)
    model = RBM(params, np.full(6, 0.5), 100, 4, 8, seed=1)
    model.compile(optimizer=keras.optimizers.SGD(0.1), run_eagerly=True)
    model.train_step(batch)
    model.train_step(batch)
    (start, first_steps, end), (second, second_steps, _) = walks
    assert first_steps == second_steps == steps
    data = batch.numpy()
    assert np.array_equal(start, data) is not persistent
    np.testing.assert_array_equal(second, end if persistent else data)
    # Each step is one of the same walk: three are not one.
    seed = tf.constant([1, 0])
    once = walk(_machine(_parts_of(model)), batch, 1, seed)
    thrice = walk(_machine(_parts_of(model)), batch, 3, seed)
    assert not np.array_equal(once, thrice)


def _parts_of(model: RBM) -> list[np.ndarray]:
    machine = model.machine
    parts = machine.weights, machine.visible_bias, machine.hidden_bias
    return [np.asarray(part) for part in parts]


@pytest.mark.parametrize(("rule", "anew"), [("stochastic", True), ("threshold", False)])
def test_pixels_are_drawn_anew_in_each_epoch(rule: Any, anew: bool) -> None:
    arrays = make_data().train
    # One batch is an epoch: its sums do not depend on the order.
    batches = binarised_batches(arrays, len(arrays), rule, seed=1, first_epoch=0)
    first, second = (np.asarray(b).sum(axis=0) for b in batches.take(2))
    assert np.array_equal(first, second) is not anew
    resumed = binarised_batches(arrays, len(arrays), rule, seed=1, first_epoch=1)
    (later,) = (np.asarray(b).sum(axis=0) for b in resumed.take(1))
    np.testing.assert_array_equal(later, second)


def test_sparsity_pulls_the_activation_to_its_target() -> None:
    pixels = (make_data().train.images >= 128).reshape(100, -1).astype(np.float32)
    batches = tf.data.Dataset.from_tensor_slices(pixels).batch(50).repeat(50)
    shares = []
    for sparsity in (Sparsity(), Sparsity(weight=5.0, target=0.05)):
        params = MachineParams(sparsity=sparsity)
        model = RBM(params, pixels.mean(axis=0), 100, 8, 50, seed=1)
        model.compile(optimizer=keras.optimizers.SGD(0.1))
        model.fit(batches, verbose=0)
        shares.append(float(tf.reduce_mean(model(pixels))))
    assert shares[1] == pytest.approx(0.05, abs=0.03)
    assert shares[0] > 0.2


@pytest.mark.slow
def test_interrupted_training_ends_with_the_same_numbers_and_pictures(
    tmp_path: Path,
) -> None:
    whole = train(PARAMS, make_data(), tmp_path / "whole", seed=1)
    interrupt(lambda: train(PARAMS, make_data(), tmp_path / "cut", seed=1), 2 * 4 + 2)
    resumed = train(PARAMS, make_data(), tmp_path / "cut", seed=1)
    for one, other in zip(resumed.history, whole.history, strict=True):
        del one["seconds"], other["seconds"]
        assert one == pytest.approx(other, rel=1e-4)
    assert len(resumed.samples) == len(whole.samples) == 4
    nats = [row["val_negative_log_likelihood_nats"] for row in whole.history]
    assert nats[-1] < nats[0]


@pytest.mark.slow
def test_signatures_fit_together(run: Run, ingested: Ingested) -> None:
    signatures = run.model.signatures
    images = tf.constant(ingested.validation_images[..., np.newaxis])
    visible = tf.reshape(tf.cast(images >= 128, tf.float32), [len(images), -1])
    parts = signatures["parameters"]()
    machine = Boltzmann(*(parts[k] for k in ("weights", "visible_bias", "hidden_bias")))
    assert machine.weights.shape == (784, 16)
    energy = signatures["free_energy"](images=images)["free_energy"]
    np.testing.assert_allclose(energy, machine.free_energy(visible), rtol=1e-5)
    hidden = signatures["hidden"](images=images)["hidden"]
    expected = tf.sigmoid(machine.hidden_logits(visible))
    np.testing.assert_allclose(hidden, expected, atol=1e-5)
    given_back = signatures["reconstruct"](images=images)["images"]

    (file,) = (ingested.examples / "Split-validation").glob("*")
    records = list(tf.data.TFRecordDataset(str(file)).as_numpy_iterator())
    served = signatures["serving_default"](examples=tf.constant(records))
    np.testing.assert_array_equal(served["images"], given_back)


@pytest.mark.slow
def test_sample_repeats_itself_and_walks_as_far_as_it_is_asked(run: Run) -> None:
    def draw(seed: int, **more: Any) -> np.ndarray:
        name = "sample_steps" if more else "sample"
        given = {"count": tf.constant(5), "seed": tf.constant(seed), **more}
        return np.asarray(run.model.signatures[name](**given)["images"])

    assert draw(7).shape == (5, *SHAPE)
    np.testing.assert_array_equal(draw(7), draw(7))
    assert not np.array_equal(draw(7), draw(8))
    np.testing.assert_array_equal(draw(7), draw(7, steps=tf.constant(20)))
    assert not np.array_equal(draw(7), draw(7, steps=tf.constant(21)))


@pytest.mark.slow
def test_section_shows_samples_and_likelihood_of_each_epoch(run: Run) -> None:
    assert "Samples of the same starts of a chain by epoch" in run.section
    assert "Negative log-likelihood, nats" in run.section


@pytest.mark.parametrize(
    ("field", "value"),
    [("steps", 0), ("units", 0), ("binarisation", "grey"), ("sample_steps", 0)],
)
def test_impossible_parameter_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{field}: expected"):
        replace(PARAMS, **{field: value})


def test_schedule_that_follows_a_loss_is_refused() -> None:
    following = Optimizer(learning_rate=0.1, schedule="reduce_on_plateau")
    with pytest.raises(ValueError, match=r"optimizer.schedule: expected one that"):
        replace(PARAMS, optimizer=following)
