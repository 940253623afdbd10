# SPDX-License-Identifier: Apache-2.0
"""A tiny GAN with every kind of state, and a network for its Frechet distance."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import tensorflow as tf

from components.trainer.gan.params import Params
from components.trainer.gan.train import Trained, train
from components.trainer.loop.params import Optimizer
from tests.support.training.tiny import make_data

OPTIMIZER = Optimizer(learning_rate=0.002, schedule="linear", beta_1=0.5)
PARAMS = Params(
    epochs=4,
    batch_size=32,
    generator=OPTIMIZER,
    discriminator=OPTIMIZER,
    architecture="dcgan",
    filters=2,
    latent_size=4,
    conditional=True,
    averaging=0.9,
    gradient_penalty=0.1,
    precision="float32",
)


def write_feature_net(folder: Path) -> Path:
    """Export a net whose features are the means of sixteen parts of an image."""
    spec = tf.TensorSpec([None, 28, 28, 1], tf.uint8, name="images")

    @tf.function(input_signature=[spec])
    def features(images: Any) -> Any:
        parts = tf.nn.avg_pool2d(tf.cast(images, tf.float32), 7, 7, "VALID")
        return {"features": tf.reshape(parts, [-1, 16])}

    module = tf.Module()
    module.features = features
    tf.saved_model.save(module, str(folder), signatures={"features": features})
    return folder


def train_tiny(workdir: Path, classifier: Path, **changes: Any) -> Trained:
    """Train `PARAMS`, with changes, on drawn digits."""
    return train(replace(PARAMS, **changes), make_data(), workdir, 3, classifier)
