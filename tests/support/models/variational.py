# SPDX-License-Identifier: Apache-2.0
"""Variational autoencoders with known faults, made of a fixed bank of pictures.

    honest = write_bank_vae(folder / "honest")

Each picture of the bank has its own place in the latent space; the decoder returns the
picture of the nearest place. A collapsed model has a posterior equal to the prior, and
a decoder that always returns the mean picture.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tests.support.datasets.mnist import SIDE, draw_digits
from tests.support.models.classifiers import PROVENANCE

SHAPE = (SIDE, SIDE, 1)
LATENT = 12
NUM_PICTURES = 400
LOGIT = 6.0  # logit of white and black pixels


def write_bank_vae(
    folder: Path,
    collapsed: bool = False,
    noise: float = 0.1,
    likelihood: str = "bernoulli",
    pictures: np.ndarray | None = None,
) -> Path:
    """Export a model whose bank is some digits.

    Args:
        folder: Where to write.
        collapsed: Whether the posterior has collapsed. Defaults to False.
        noise: Standard deviation of the posterior. Defaults to 0.1.
        likelihood: What its provenance names; another one than `bernoulli` is of grey
            pixels. Defaults to `bernoulli`.
        pictures: The bank, of which grey levels are returned, uint8 (n, 28, 28, 1).
            Defaults to some digits in black and white.
    """
    known = draw_digits(np.arange(NUM_PICTURES) % 10, seed=31)[..., np.newaxis]
    known = known if pictures is None else pictures
    levels = known.astype(np.float32).reshape(len(known), -1) / 255
    white = (levels >= 0.5).astype(np.float32)
    random = np.random.default_rng(0)
    module = tf.Module()
    module.white = tf.Variable(white, trainable=False)
    places = random.standard_normal((len(known), LATENT)).astype(np.float32)
    module.places = tf.Variable(places, trainable=False)
    mean = white.mean(axis=0).clip(0.01, 0.99)
    grey = np.log((levels + 0.002) / (1.002 - levels))
    logits_of = LOGIT * (2 * white - 1) if pictures is None else grey
    module.logits = tf.Variable(logits_of, trainable=False)
    module.mean_logits = tf.Variable(np.log(mean / (1 - mean)), trainable=False)

    def nearest(rows: Any, to: Any) -> Any:
        scores = 2 * rows @ tf.transpose(to) - tf.reduce_sum(tf.square(to), axis=1)
        return tf.argmax(scores, axis=1)

    def encode(images: Any) -> Any:
        pixels = tf.reshape(tf.cast(images >= 128, tf.float32), [-1, SIDE * SIDE])
        place = tf.gather(module.places, nearest(pixels, module.white))
        if collapsed:
            return {"mean": 0 * place, "log_variance": 0 * place}
        log_variance = tf.fill(tf.shape(place), 2 * float(np.log(noise)))
        return {"mean": place, "log_variance": log_variance}

    def decode(code: Any) -> Any:
        logits = tf.gather(module.logits, nearest(code, module.places))
        if collapsed:
            logits = 0 * logits + module.mean_logits
        logits = tf.reshape(logits, [-1, *SHAPE])
        images = tf.cast(tf.round(tf.sigmoid(logits) * 255), tf.uint8)
        return {"images": images, "logits": logits}

    def sample(count: Any, seed: Any) -> Any:
        code = tf.random.stateless_normal([count, LATENT], [seed, 0])
        return {"images": decode(code)["images"]}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples: Any) -> Any:
        spec = {"image": tf.io.FixedLenFeature([], tf.string)}
        raw = tf.io.parse_example(examples, spec)["image"]
        images = tf.reshape(tf.io.decode_raw(raw, tf.uint8), [-1, *SHAPE])
        return {"images": decode(encode(images)["mean"])["images"]}

    specs = {
        encode: [tf.TensorSpec([None, *SHAPE], tf.uint8, name="images")],
        decode: [tf.TensorSpec([None, LATENT], tf.float32, name="code")],
        sample: [tf.TensorSpec([], tf.int32, name=name) for name in ("count", "seed")],
    }
    signatures = {
        f.__name__: tf.function(f, input_signature=s) for f, s in specs.items()
    }
    signatures["serving_default"] = serve
    tf.saved_model.save(module, str(folder), signatures=signatures)
    record = {**PROVENANCE, "recipe": "mnist-vae"}
    record["params"] = {"binarisation": "threshold"}
    if likelihood != "bernoulli":
        grey = {"likelihood": likelihood, "reconstruction_weight": 8.0}
        record["params"] = {"binarisation": "grey", **grey}
    (folder / "provenance.json").write_text(json.dumps(record))
    return folder
