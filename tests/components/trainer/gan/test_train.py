# SPDX-License-Identifier: Apache-2.0
"""A GAN: its training step, export, report section and resumed training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.core.errors import UsageError
from components.core.records import read_record
from components.model_store.published import PublishedModel
from components.report.section import read_section
from components.trainer.gan.export import export_generator
from components.trainer.gan.model import GAN, build_model
from components.trainer.gan.params import Params
from components.trainer.gan.run import RENDERER, shown_arrays
from components.trainer.gan.train import Trained
from components.trainer.generative.latent import Latent
from components.trainer.job import Job
from components.trainer.loop.params import Optimizer
from components.trainer.loop.precision import dtype_policy
from components.trainer.training_data import write_training_data
from tests.support.training.interruptions import kill
from tests.support.training.runs import FACTS
from tests.support.training.tiny import make_data
from tests.support.training.tiny_gan import PARAMS, train_tiny, write_feature_net

SHAPE = (28, 28, 1)
BOOK = {
    "architecture": "mlp",
    "latent_size": 100,
    "latent_prior": "uniform",
    "conditional": False,
}
CLASSES = 10


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_feature_net(tmp_path_factory.mktemp("classifier") / "1")


@pytest.fixture(scope="module")
def whole(classifier: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return train_tiny(tmp_path_factory.mktemp("whole"), classifier)


@pytest.fixture(scope="module")
def exported(whole: Trained, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The exported generator; its signatures are valid as long as it is referenced."""
    folder = tmp_path_factory.mktemp("generator")
    export_generator(whole.generator, whole.latent, folder)
    return tf.saved_model.load(str(folder))


def _compiled(**changes: Any) -> GAN:
    keras.utils.set_random_seed(0)
    params = replace(PARAMS, **changes)
    latent = Latent(
        params.latent_size, params.latent_prior, CLASSES if params.conditional else 0
    )
    model = build_model(params, latent, SHAPE, seed=1)
    optimizers = [keras.optimizers.Adam(0.01) for _ in range(2)]
    model.compile(*optimizers, jit_compile=False)
    return model


def _weights(network: Any) -> list[np.ndarray]:
    return [variable.numpy() for variable in network.trainable_variables]


def _black(count: int) -> list[Any]:
    """Black images, said to be of class 0."""
    return [-tf.ones([count, *SHAPE]), tf.one_hot([0] * count, CLASSES)]


def _without_time(row: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in row.items() if name != "seconds"}


def _same(left: list[np.ndarray], right: list[np.ndarray]) -> bool:
    return all(np.array_equal(one, two) for one, two in zip(left, right, strict=True))


def test_book_networks_have_the_sizes_of_the_book() -> None:
    model = _compiled(**BOOK)
    assert model.generator.count_params() == 137_484
    assert model.discriminator.count_params() == 121_851


def test_each_network_learns_from_its_own_loss_alone() -> None:
    model = _compiled()
    drawn = make_data().train
    images = tf.cast(drawn.images[:32], tf.float32) / 127.5 - 1.0
    classes = tf.one_hot(drawn.labels[:32], CLASSES)
    before = _weights(model.generator), _weights(model.discriminator)
    model._train_discriminator([images, classes])
    assert _same(_weights(model.generator), before[0])
    assert not _same(_weights(model.discriminator), before[1])

    between = _weights(model.discriminator)
    model._train_generator(32)
    assert not _same(_weights(model.generator), before[0])
    assert _same(_weights(model.discriminator), between)


def test_discriminator_is_shown_each_image_with_its_class() -> None:
    model, drawn = _compiled(), make_data().train
    shown: list[Any] = []
    teach = model._train_discriminator
    model._train_discriminator = lambda real: shown.append(real) or teach(real)
    model.train_step((tf.constant(drawn.images[:32]), tf.constant(drawn.labels[:32])))
    ((images, classes),) = shown
    np.testing.assert_allclose(images, drawn.images[:32] / 127.5 - 1.0, atol=1e-6)
    np.testing.assert_array_equal(np.argmax(classes, axis=1), drawn.labels[:32])


@pytest.mark.slow
def test_book_networks_train_without_classes(classifier: Path, tmp_path: Path) -> None:
    trained = train_tiny(tmp_path, classifier, **BOOK, epochs=1)
    assert trained.latent.width == 100
    assert np.isfinite(trained.outcome.validation["frechet_distance"])


def test_both_losses_are_scaled_in_half_precision() -> None:
    with dtype_policy("mixed_float16"):
        model = _compiled(**BOOK)
    before = _weights(model.generator), _weights(model.discriminator)
    model._train_discriminator([tf.zeros([8, *SHAPE])])
    model._train_generator(8)
    for optimizer, network, old in zip(
        model.optimizers, (model.generator, model.discriminator), before, strict=True
    ):
        assert float(optimizer.dynamic_scale) > 1
        assert int(optimizer.iterations) == 1
        assert not _same(_weights(network), old)


@pytest.mark.slow
def test_generator_is_taught_to_be_taken_for_real() -> None:
    model = _compiled(**BOOK)
    losses = [float(model._train_generator(16)["loss"]) for _ in range(10)]
    assert losses[-1] < losses[0]


def test_penalty_costs_a_steep_discriminator() -> None:
    model = _compiled(gradient_penalty=2.0)
    real = _black(8)
    gentle = model._lazy_penalty(real)
    kernel = model.discriminator.get_layer("logits").kernel
    kernel.assign(3 * kernel)
    steep = model._lazy_penalty(real)
    assert float(steep) == pytest.approx(9 * float(gentle), rel=1e-4)


def test_penalty_is_paid_for_several_steps_at_once() -> None:
    model = _compiled(gradient_penalty=2.0)
    costs = []
    for step in range(16):
        model.optimizers[1].iterations.assign(step)
        costs.append(float(model._lazy_penalty(_black(8))))
    assert [step for step, cost in enumerate(costs) if cost > 0] == [0, 8]


def test_exported_weights_are_the_mean_batch_statistics_included() -> None:
    model = _compiled(averaging=0.5)
    start = [v.numpy() for v in model.averaged_generator.variables]
    for variable in model.generator.variables:
        variable.assign(variable + 1.0)
    model.optimizers[0].iterations.assign(1_000_000)
    model._update_average()
    for before, variable in zip(start, model.averaged_generator.variables, strict=True):
        np.testing.assert_allclose(variable.numpy(), before + 0.5, rtol=1e-3)


@pytest.mark.slow
def test_killed_training_ends_with_the_same_numbers_and_pictures(
    whole: Trained, classifier: Path, tmp_path: Path, capsys: Any
) -> None:
    kill("tests.support.training.tiny_gan", 2 * 4 + 2, [tmp_path, classifier])

    resumed = train_tiny(tmp_path, classifier)

    assert "resuming after epoch 2/4" in capsys.readouterr().out
    for one, other in zip(resumed.history, whole.history, strict=True):
        # Two processes may share out a sum among their threads in another order.
        assert _without_time(one) == pytest.approx(_without_time(other), rel=1e-3)
    weights = resumed.generator.get_weights(), whole.generator.get_weights()
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
    assert len(resumed.samples) == len(whole.samples) == 4


@pytest.mark.slow
def test_history_tells_losses_scores_and_distance(whole: Trained) -> None:
    row = whole.history[-1]
    assert {"loss", "discriminator_loss", "val_frechet_distance"} <= set(row)
    assert 0 < row["real_score"] < 1
    assert 0 < row["fake_score"] < 1


@pytest.mark.slow
def test_section_says_what_the_distance_was_measured_with(
    whole: Trained, tmp_path: Path
) -> None:
    needs = PublishedModel("models/net/1", "f00d")
    job = Job("mnist-gan", 3, {}, FACTS, "key", "source", needs)
    write_training_data(
        tmp_path,
        RENDERER,
        job,
        {},
        whole.outcome,
        whole.history,
        arrays=shown_arrays(whole),
    )
    written = read_section(tmp_path).html
    for part in ("models/net/1", "sha256 f00d", "50 images of each", "seed 3"):
        assert part in written


@pytest.mark.slow
def test_sample_repeats_itself_and_differs_by_seed(exported: Any) -> None:
    sample = exported.signatures["sample"]

    def draw(count: int, seed: int) -> np.ndarray:
        answer = sample(count=tf.constant(count), seed=tf.constant(seed))
        return np.asarray(answer["images"])

    first = draw(5, 7)
    assert first.shape == (5, *SHAPE)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, draw(5, 7))
    assert not np.array_equal(first, draw(5, 8))
    assert draw(0, 7).shape == (0, *SHAPE)


@pytest.mark.slow
def test_class_decides_the_image_and_is_one_that_was_asked_for(
    whole: Trained, exported: Any
) -> None:
    signatures = exported.signatures
    asked = {"count": tf.constant(4), "seed": tf.constant(7)}
    third, fifth = (
        signatures["sample_class"](**asked, label=tf.constant(label))["images"].numpy()
        for label in (3, 5)
    )
    assert not np.array_equal(third, fifth)
    vectors = whole.latent.draw(4, [7, 0], 3)
    made = signatures["serving_default"](latent=vectors)["images"]
    np.testing.assert_array_equal(made, third)
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected 0 to 9"):
        signatures["sample_class"](**asked, label=tf.constant(10))


@pytest.mark.slow
def test_discriminator_learns_what_the_class_says() -> None:
    model = _compiled()
    drawn = make_data().train
    images = tf.cast(drawn.images[:32], tf.float32) / 127.5 - 1.0
    right = [images, tf.one_hot(drawn.labels[:32], CLASSES)]
    wrong = [images, tf.one_hot((drawn.labels[:32] + 1) % CLASSES, CLASSES)]
    np.testing.assert_array_equal(*map(model.discriminator, (right, wrong)))
    for _ in range(10):
        model._train_discriminator(right)
    assert tf.reduce_mean(model.discriminator(right) - model.discriminator(wrong)) > 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("averaging", 1.0), ("gradient_penalty", -1.0), ("latent_size", 0)],
)
def test_impossible_parameter_is_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{field}: expected"):
        replace(PARAMS, **{field: value})


def test_former_name_of_a_parameter_is_refused_with_the_new_one() -> None:
    with pytest.raises(UsageError, match="'noise' is called 'latent_prior' now"):
        read_record(Params, {"noise": "uniform"}, "trainer")


def test_second_average_of_weights_is_refused() -> None:
    averaged = replace(PARAMS.generator, ema=0.9)
    with pytest.raises(ValueError, match="generator.ema: expected 0"):
        replace(PARAMS, generator=averaged)


def test_sides_that_do_not_halve_twice_are_refused() -> None:
    optimizer = Optimizer(learning_rate=0.001)
    params = Params(
        epochs=1, batch_size=8, generator=optimizer, discriminator=optimizer
    )
    with pytest.raises(ValueError, match="multiples of 4"):
        build_model(params, Latent(4), (30, 30, 1), seed=0)
