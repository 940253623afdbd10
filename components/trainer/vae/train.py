# SPDX-License-Identifier: Apache-2.0
"""Variational autoencoders: codes that pictures can be drawn from, with a likelihood.

The book's (5-6) weighs the divergence an eighth and sums squares; here the bound is
that of a Bernoulli likelihood, and both of its parts have full weight: see
components/trainer/vae/model.py. Networks this small train on one device.
"""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.core.checks import expect
from components.images.binarisation import Binarisation, binarise
from components.trainer.images.augmentation import Augmentation
from components.trainer.loop.devices import Kind
from components.trainer.loop.optimizer import Optimizer, make_optimizer
from components.trainer.loop.precision import (
    Precision,
    choose_precision,
    dtype_policy,
    read_cpu_flags,
)
from components.trainer.vae.networks import (
    Activation,
    Architecture,
    Plan,
    build_decoder,
    build_encoder,
)

if TYPE_CHECKING:
    from components.trainer.images.input_pipeline import ImageArrays, ImageData
    from components.trainer.loop.history import EpochRow
    from components.trainer.provenance import Outcome


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a user may choose about a variational autoencoder."""

    optimizer: Optimizer
    """How the weights follow the gradient."""

    epochs: int
    """How often every training image is shown."""

    batch_size: int
    """Images per step."""

    binarisation: Binarisation
    """How pixels become zeros and ones: images/binarisation.py. The name of every
    likelihood says it."""

    latent_size: int = 20
    """Numbers of a code."""

    beta: float = 1.0
    """Weight of the divergence; 1 is the bound itself."""

    warm_up_epochs: float = 1.0
    """Epochs over which that weight rises from 0."""

    architecture: Architecture = "dense"
    """`dense` or `conv`, as variational_networks.py describes them."""

    units: tuple[int, ...] = (512, 512)
    """Of the dense layers from the image to the code; back in the opposite order."""

    filters: int = 32
    """Of the first convolution of `conv`."""

    activation: Activation = "relu"
    """Of every layer inside: `relu`, or the smooth `silu`."""

    dropout: float = 0.0
    """Share of the pixels hidden from the encoder at each training step."""

    augmentation: Augmentation = field(default_factory=Augmentation)
    """Random distortions of the training images."""

    precision: Precision = "auto"
    """Number format of training; the exported model is float32 always."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "latent_size", "filters"):
            value = getattr(self, name)
            expect(value > 0, name, "1 or more", value)
        expect(all(size > 0 for size in self.units), "units", "sizes", self.units)
        expect(self.beta >= 0, "beta", "0 or more", self.beta)
        warm_up, dropout = self.warm_up_epochs, self.dropout
        expect(warm_up >= 0, "warm_up_epochs", "0 or more", warm_up)
        expect(0 <= dropout < 1, "dropout", "0 to below 1", dropout)

    @property
    def plan(self) -> Plan:
        """What the networks are built from."""
        return Plan(
            self.architecture,
            self.units,
            self.filters,
            self.activation,
            self.dropout,
        )


@dataclass(frozen=True)
class Trained:
    """A trained model, in float32 and ready to export.

    Attributes:
        encoder: Keras model from pixels to means and log-variances.
        decoder: Keras model from codes to logits of pixels.
        history: One row per epoch.
        strips: Pictures of the same codes after each epoch, as PNG.
        outcome: Facts about the training.
    """

    encoder: Any
    decoder: Any
    history: "list[EpochRow]"
    strips: list[bytes]
    outcome: "Outcome"


def build_model(
    params: Params, image_shape: tuple[int, ...], seed: int, steps_per_epoch: int
) -> Any:
    """Build encoder and decoder as one Keras model.

    Args:
        params: Architecture and training.
        image_shape: Height, width and channels.
        seed: Decides the codes of the training.
        steps_per_epoch: What the warm-up is counted in.
    """
    from components.trainer.vae.model import make_variational

    encoder = build_encoder(params.plan, params.latent_size, image_shape)
    decoder = build_decoder(params.plan, params.latent_size, image_shape)
    warm_up_steps = round(params.warm_up_epochs * steps_per_epoch)
    return make_variational(encoder, decoder, seed, params.beta, warm_up_steps)


def train(params: Params, data: "ImageData", workdir: Path, seed: int) -> Trained:
    """Train a model; goes on from what `workdir` holds of an earlier attempt.

    Args:
        params: Architecture and training.
        data: Training and validation split; the labels are not looked at.
        workdir: Folder for checkpoints and pictures.
        seed: Seeds weights, shuffling, binarisation and codes.
    """
    import keras

    from components.trainer.images.input_pipeline import steps_per_epoch
    from components.trainer.loop.devices import find_devices
    from components.trainer.loop.fit import Plan, fit
    from components.trainer.loop.history import train_seconds
    from components.trainer.provenance import Outcome
    from components.trainer.vae.monitor import BoundMonitor

    keras.utils.set_random_seed(seed)
    kind: Kind = "gpu" if find_devices().kind == "gpu" else "cpu"
    policy = choose_precision(params.precision, kind, read_cpu_flags())
    num_steps = steps_per_epoch(data.train, params.batch_size)
    plan = Plan(params.epochs, num_steps, workdir)
    with dtype_policy(policy):
        model = build_model(params, data.image_shape, seed, num_steps)
        model.compile(
            optimizer=make_optimizer(params.optimizer, plan.total_steps),
            # XLA costs more CPU time than it saves here and pays on accelerators only.
            jit_compile="auto" if kind == "gpu" else False,
        )
    monitor = BoundMonitor(data.validation.images, params.binarisation, seed, workdir)
    history = fit(model, partial(_batches, params, data.train, seed), plan, monitor)
    # Built again: layers keep the policy that they were built with.
    with dtype_policy("float32"):
        exact = build_model(params, data.image_shape, seed, num_steps)
    exact.set_weights(model.get_weights())
    judged = {name.removeprefix("val_"): v for name, v in monitor.judge(exact).items()}
    outcome = Outcome(
        num_parameters=exact.encoder.count_params() + exact.decoder.count_params(),
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices=f"1 x {kind}",
        precision=policy,
        validation=judged,
    )
    return Trained(exact.encoder, exact.decoder, history, monitor.strips(), outcome)


def run_fn(fn_args: Any) -> None:
    """Train and export; what TFX's Trainer calls by import path.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    from components.trainer.images.run import run_image_model
    from components.trainer.vae.export import export_vae
    from components.trainer.vae.section import write_vae_section

    run_image_model(fn_args, Params, train, export_vae, write_vae_section)


def _batches(params: Params, arrays: "ImageArrays", seed: int, first_epoch: int) -> Any:
    """Batches of binarised pixels without end."""
    import tensorflow as tf

    from components.trainer.images.input_pipeline import epochs, steps_per_epoch

    size = params.batch_size
    batches = epochs(arrays, size, seed, params.augmentation, first_epoch)
    first = first_epoch * steps_per_epoch(arrays, size)

    def binarised(step: Any, batch: Any) -> Any:
        draw = tf.random.fold_in([seed, 1], step)
        return binarise(batch[0], params.binarisation, draw)

    numbered = tf.data.Dataset.zip((tf.data.Dataset.counter(first), batches))
    return numbered.map(binarised, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
