# SPDX-License-Identifier: Apache-2.0
"""Restricted Boltzmann machines of drawn digits, sound and with known faults.

parts = train_machine()
model = write_machine(folder / "1", parts)
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from components.sampling.boltzmann import Boltzmann, base_rate_bias, draw_bernoulli
from components.trainer.rbm.export import machine_signatures
from components.trainer.rbm.gradients import (
    Gradients,
    expected_products,
    negative_gradients,
)
from tests.support.datasets.mnist import SIDE
from tests.support.models.classifiers import PROVENANCE
from tests.support.models.generators import train_digits

SHAPE = (SIDE, SIDE, 1)
UNITS = 100
BATCH = 50
SAMPLE_STEPS = 200

Parts = tuple[np.ndarray, np.ndarray, np.ndarray]


@cache
def digit_pixels() -> np.ndarray:
    """Grey levels of the drawn training digits from 0 to 1, float32 (n, pixels)."""
    images, _ = train_digits()
    return (images.reshape(len(images), -1) / 255).astype(np.float32)


def base_bias() -> np.ndarray:
    """Logits of the base rates of the drawn training digits."""
    return base_rate_bias(digit_pixels().mean(axis=0), len(digit_pixels()))


def first_parts(units: int = UNITS) -> Parts:
    """Weights and biases before any training."""
    random = np.random.default_rng(1)
    weights = random.normal(0, 0.01, (SIDE * SIDE, units)).astype(np.float32)
    return weights, base_bias(), np.zeros(units, np.float32)


@cache
def train_machine(
    combine: Callable[[Gradients, Gradients], Gradients] = negative_gradients,
    epochs: int = 60,
    known: bytes = b"",
    rate: float = 0.1,
) -> Parts:
    """Train a machine by persistent chains.

    Args:
        combine: Gradients from the expected products in the data and in the chains.
            Defaults to the right ones.
        epochs: Passes over the digits. Defaults to enough for legible samples.
        known: Pixels to train on, as bytes of float32. Defaults to drawn digits.
        rate: First learning rate, which falls to 0.
    """
    own = np.frombuffer(known, np.float32).reshape(-1, SIDE * SIDE)
    pixels = tf.constant(own if known else digit_pixels())
    parts = [tf.Variable(part) for part in first_parts()]
    machine = Boltzmann(*parts)
    rates = tf.repeat(tf.sigmoid(base_bias())[tf.newaxis], BATCH, axis=0)
    chains = tf.Variable(draw_bernoulli(rates, [1, 1]))
    num_steps = len(pixels) // BATCH

    @tf.function
    def run_epoch(order: Any, epoch: Any) -> None:
        for step in tf.range(num_steps):
            number = epoch * num_steps + step
            rows = tf.gather(pixels, order[step * BATCH : (step + 1) * BATCH])
            visible = draw_bernoulli(rows, tf.stack([number, 1]))
            drawn = machine.walk(chains, 1, tf.stack([number, 2]))
            chains.assign(drawn)
            gradients = combine(
                expected_products(machine, visible), expected_products(machine, drawn)
            )
            share = tf.cast(number, tf.float32) / (epochs * num_steps)
            for part, gradient in zip(parts, gradients, strict=True):
                part.assign_sub(rate * (1.0 - share) * gradient)

    random = np.random.default_rng(2)
    for epoch in range(epochs):
        order = random.permutation(len(pixels)).astype(np.int32)
        run_epoch(tf.constant(order), tf.constant(epoch))
    weights, visible_bias, hidden_bias = (part.numpy() for part in parts)
    return weights, visible_bias, hidden_bias


def write_machine(
    folder: Path,
    parts: Parts,
    rule: str = "stochastic",
    sample: Callable[[Any, Any], Any] | None = None,
) -> Path:
    """Export a machine with the signatures of the family.

    Args:
        folder: Where to write.
        parts: Weights, visible and hidden biases.
        rule: Binarisation that its provenance names. Defaults to `stochastic`.
        sample: Another way to sample. Defaults to the machine's own.
    """
    module = tf.Module()
    module.parts = [tf.Variable(part, trainable=False) for part in parts]
    module.base = tf.Variable(base_bias(), trainable=False)
    signatures = {
        function.__name__: tf.function(function, input_signature=inputs)
        for function, inputs in machine_signatures(
            Boltzmann(*module.parts), module.base, SHAPE, SAMPLE_STEPS
        ).items()
    }
    if sample is not None:
        inputs = [tf.TensorSpec([], tf.int32, name=name) for name in ("count", "seed")]
        signatures["sample"] = tf.function(sample, input_signature=inputs)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples: Any) -> Any:
        spec = {"image": tf.io.FixedLenFeature([], tf.string)}
        raw = tf.io.parse_example(examples, spec)["image"]
        images = tf.reshape(tf.io.decode_raw(raw, tf.uint8), [-1, *SHAPE])
        return signatures["reconstruct"](images)

    signatures["serving_default"] = serve
    tf.saved_model.save(module, str(folder), signatures=signatures)
    record = {**PROVENANCE, "recipe": "mnist-rbm", "params": {"binarisation": rule}}
    (folder / "provenance.json").write_text(json.dumps(record))
    return folder
