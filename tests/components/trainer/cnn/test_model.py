# SPDX-License-Identifier: Apache-2.0
"""Architectures and parameters of the convolutional classifiers."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_digits

from components.core.errors import UsageError
from components.trainer.classifier.loss import cross_entropy
from components.trainer.cnn.model import build_model, make_head
from components.trainer.cnn.params import Params
from components.trainer.loop.optimizer import make_optimizer
from components.trainer.loop.params import Optimizer
from pipelines.config import load_config
from pipelines.fingerprint import PROJECT_ROOT

PLAIN = Params(
    layers=(), epochs=1, batch_size=8, optimizer=Optimizer(learning_rate=0.1)
)
SHAPE = (28, 28, 1)


@pytest.mark.parametrize(
    ("layers", "padding", "num_parameters"),
    [
        ("", "same", 7_850),
        ("conv 64, pool, conv 128, pool, dense 1024", "same", 6_508_298),
        (
            "pad 2, conv 6 5x5, subsample, conv 16 5x5, subsample, dense 120, dense 84",
            "valid",
            61_750,
        ),
    ],
    ids=["softmax", "book", "lenet"],
)
def test_the_book_s_networks_have_the_book_s_sizes(
    layers: str, padding: Any, num_parameters: int
) -> None:
    words = tuple(layers.split(", ")) if layers else ()
    model = build_model(replace(PLAIN, layers=words, padding=padding), SHAPE, 10)

    assert model.count_params() == num_parameters
    assert model.output_shape == (None, 10)


@pytest.mark.parametrize(
    ("recipe", "num_parameters"),
    [("mnist-standard-book", 431_242), ("mnist-separable-book", 414_899)],
)
def test_the_book_s_pair_has_the_book_s_sizes(recipe: str, num_parameters: int) -> None:
    params = load_config(PROJECT_ROOT).recipe(recipe).params
    model = build_model(params, SHAPE, 10)

    assert model.count_params() == num_parameters


def test_the_book_s_cervix_network_has_its_size() -> None:
    layers = ("conv 64", "pool", "conv 128", "pool", "conv 256", "pool")
    dense = ("dense 512", "dropout 0.5", "dense 512", "dropout 0.5")
    model = build_model(replace(PLAIN, layers=(*layers, *dense)), (64, 64, 3), 3)

    assert model.count_params() == 9_024_131


# Convolutions of VGG16 by block, and its classifier.
_VGG16 = (
    *("conv 64", "conv 64", "pool", "conv 128", "conv 128", "pool"),
    *(*("conv 256",) * 3, "pool", *(*("conv 512",) * 3, "pool") * 2),
    *("dense 4096", "dropout 0.5", "dense 4096", "dropout 0.5"),
)
_ALEXNET = (
    *("conv 96 11x11 stride 4", "pool 3x3 stride 2"),
    *("pad 2", "conv 256 5x5 groups 2", "pool 3x3 stride 2"),
    *("pad 1", "conv 384", "pad 1", "conv 384 groups 2"),
    *("pad 1", "conv 256 groups 2", "pool 3x3 stride 2"),
    *("dense 4096", "dropout 0.5", "dense 4096", "dropout 0.5"),
)


@pytest.mark.parametrize(
    ("layers", "padding", "side", "num_parameters"),
    [(_ALEXNET, "valid", 227, 60_965_224), (_VGG16, "same", 224, 138_357_544)],
    ids=["AlexNet", "VGG16"],
)
def test_large_networks_of_the_book_have_their_sizes(
    layers: tuple[str, ...], padding: Any, side: int, num_parameters: int
) -> None:
    params = replace(PLAIN, layers=layers, padding=padding)
    # Without values: half a gigabyte.
    with keras.StatelessScope(initialize_variables=False):
        model = build_model(params, (side, side, 3), 1000)
    keras.utils.clear_session()

    assert model.count_params() == num_parameters


def test_alexnet_s_first_maps_have_55_places() -> None:
    params = replace(PLAIN, layers=_ALEXNET[:2], padding="valid")
    first, pooled = build_model(params, (227, 227, 3), 2).layers[2:5:2]

    assert first.output.shape == (None, 55, 55, 96)
    assert pooled.output.shape == (None, 27, 27, 96)


def test_inception_block_joins_the_maps_of_its_branches() -> None:
    block = (
        "branches conv 64 1x1 | conv 96 1x1, conv 128 | conv 16 1x1, conv 32 5x5 | "
        "pool 3x3 stride 1, conv 32 1x1"
    )
    params = replace(PLAIN, layers=(block, "average"), padding="valid")
    model = build_model(params, (28, 28, 192), 10)

    # The first of GoogLeNet, and ten logits.
    assert model.layers[-3].output.shape == (None, 28, 28, 256)
    assert model.count_params() == 163_696 + 256 * 10 + 10


def test_dilated_kernel_sees_every_second_pixel() -> None:
    params = replace(PLAIN, layers=("conv 1 dilated 2",), padding="valid")
    maps = build_model(params, (5, 5, 1), 2).layers[2].output

    assert maps.shape == (None, 1, 1, 1)


def test_pooling_takes_the_mean_or_the_largest() -> None:
    image = np.arange(9, dtype=np.uint8).reshape(1, 3, 3, 1)

    def pooled(words: str) -> list[float]:
        model = build_model(replace(PLAIN, layers=(words,)), (3, 3, 1), 2)
        before = keras.Model(model.input, model.layers[2].output)
        return (before(image).numpy() * 255).ravel().tolist()

    assert pooled("pool 2x2 stride 1") == pytest.approx([4, 5, 7, 8])
    assert pooled("mean pool 2x2 stride 1") == pytest.approx([2, 3, 5, 6])
    assert pooled("pool") == pytest.approx([4])


def test_lasso_leaves_no_weight_to_the_dark_border() -> None:
    images, labels = load_digits(return_X_y=True)
    pixels = (images[:300] * 15).astype(np.uint8).reshape(-1, 8, 8, 1)
    batches = tf.data.Dataset.from_tensors((pixels, labels[:300])).repeat()
    settings = Optimizer(name="sgd", learning_rate=0.5, momentum=0.0, schedule="linear")
    is_dark = (pixels.max(axis=0) < 30).ravel()

    def largest_weights(l1: float) -> tuple[float, float]:
        """Largest weight of the dark pixels, and of the others."""
        keras.utils.set_random_seed(1)
        model = build_model(replace(PLAIN, l1=l1), (8, 8, 1), 10)
        loss = cross_entropy(label_smoothing=0.0, num_classes=10)
        model.compile(make_optimizer(settings, 100), loss, jit_compile=False)
        model.fit(batches, steps_per_epoch=100, verbose=0)
        weights = abs(model.get_layer("logits").kernel.numpy()).max(axis=1)
        return float(weights[is_dark].max()), float(weights[~is_dark].max())

    assert is_dark.sum() > 5
    border, inside = largest_weights(l1=0.02)
    assert border < 0.01
    assert inside > 0.1
    assert largest_weights(l1=0.0)[0] > 0.1


def test_lasso_counts_every_kernel() -> None:
    layers = ("conv 2", "separable 2", "residual 2", "dense 3")
    plain = build_model(replace(PLAIN, layers=layers, l1=0.1), SHAPE, 10)

    assert len(plain.losses) == 1 + 2 + 2 + 1 + 1


def test_one_logit_on_all_features_of_vgg16_has_the_book_s_size() -> None:
    """The head of 3-8: 7 x 7 x 512 features and an offset."""
    params = load_config(PROJECT_ROOT).recipe("cats-dogs-vgg16-book").params
    assert params.image.size // 2**5 == 7
    features = keras.Input((7, 7, 512))
    head = make_head(params, num_classes=2)
    model = keras.Model(features, head.classify(head.pool(features)))

    assert sum(weight.shape.num_elements() for weight in model.weights) == 25_089
    assert model.output_shape == (None, 2)


def test_one_logit_is_that_of_the_second_class() -> None:
    model = build_model(replace(PLAIN, output="sigmoid"), SHAPE, 2)
    model.set_weights([np.full((784, 1), 0.5, np.float32), np.ones(1, np.float32)])

    white = np.full((1, *SHAPE), 255, np.uint8)

    np.testing.assert_allclose(model(white), [[-196.5, 196.5]], rtol=1e-6)


def test_one_logit_for_ten_classes_is_refused() -> None:
    with pytest.raises(UsageError, match="2 classes.\nReceived 10"):
        build_model(replace(PLAIN, output="sigmoid"), SHAPE, 10)


def test_residual_block_adds_its_input_and_projects_it_where_sizes_differ() -> None:
    layers = ("conv 8", "residual 8", "residual 16 stride 2", "average")
    model = build_model(replace(PLAIN, layers=layers), SHAPE, 10)

    first = 9 * 8 + 8 + 2 * (72 * 8 + 8)
    second = 72 * 16 + 16 + 144 * 16 + 16 + 8 * 16 + 16
    assert model.count_params() == first + second + 16 * 10 + 10


def test_strides_average_and_normalization_shape_the_network() -> None:
    layers = ("conv 8 5x5 stride 2", "separable 16 stride 2", "average")
    model = build_model(replace(PLAIN, layers=layers, batch_norm=True), SHAPE, 10)

    # No offsets beside batch normalization, which has four numbers per channel.
    first, second, output = 25 * 8 + 4 * 8, 9 * 8 + 8 * 16 + 4 * 16, 16 * 10 + 10
    assert model.count_params() == first + second + output


def test_pixels_are_scaled_inside_the_model() -> None:
    model = build_model(PLAIN, SHAPE, 2)
    weights = np.ones((784, 2), np.float32)
    model.set_weights([weights, np.zeros(2, np.float32)])

    white = np.full((1, *SHAPE), 255, np.uint8)

    assert model(white).numpy() == pytest.approx(784.0)


def test_dropout_hides_features_in_training_only() -> None:
    model = build_model(replace(PLAIN, dropout=0.5), SHAPE, 10)
    images = np.full((4, *SHAPE), 255, np.uint8)

    assert np.ptp(model(images, training=False).numpy(), axis=0).max() < 1e-4
    assert np.ptp(model(images, training=True).numpy(), axis=0).max() > 1e-4
