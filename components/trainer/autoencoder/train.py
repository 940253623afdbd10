# SPDX-License-Identifier: Apache-2.0
"""Autoencoders: pictures through a sparse code, and pictures freed of noise.

the book's sparse autoencoder (5-4)     architecture: dense, with sparsity
its denoising autoencoder (5-5)         architecture: bottleneck, noise: [gaussian]
the default for noise                   architecture: unet, noise of both kinds

The target is the clean image always. Noise is drawn by the input function from seed and
step alone, afresh in each epoch.
"""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.core.checks import expect
from components.images.noise import Noise
from components.trainer.autoencoder.networks import Architecture, Plan, build_network
from components.trainer.autoencoder.sparsity import Sparsity
from components.trainer.images.augmentation import Augmentation
from components.trainer.loop.optimizer import Optimizer, make_optimizer
from components.trainer.loop.precision import (
    Precision,
    choose_precision,
    dtype_policy,
    read_cpu_flags,
)

if TYPE_CHECKING:
    from components.trainer.images.input_pipeline import ImageArrays, ImageData
    from components.trainer.loop.history import EpochRow
    from components.trainer.provenance import Outcome

_WHITE: Final = 255.0


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a user may choose about an autoencoder."""

    optimizer: Optimizer
    """How the weights follow the gradient."""

    epochs: int
    """How often every training image is shown."""

    batch_size: int
    """Images per step, over all devices together."""

    architecture: Architecture = "dense"
    """`dense`, `bottleneck` or `unet`, as autoencoder_networks.py describes them."""

    units: int = 1024
    """Size of the code of `dense`."""

    filters: int = 16
    """Width of `unet` at the size of the image, doubled at each smaller one."""

    noise: tuple[Noise, ...] = ()
    """Noises to be freed of, `gaussian`, `salt_pepper` or both; none for a copy."""

    sparsity: Sparsity = field(default_factory=Sparsity)
    """How quiet the code of `dense` shall be."""

    l2: float = 0.0
    """Weight of half the squared weights of `dense`."""

    precision: Precision = "auto"
    """Number format of training; the exported model is float32 always."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "units", "filters"):
            value = getattr(self, name)
            expect(value > 0, name, "1 or more", value)
        expect(self.l2 >= 0, "l2", "0 or more", self.l2)
        expect(
            len(set(self.noise)) == len(self.noise),
            "noise",
            "each noise once",
            self.noise,
        )
        # Without noise it would let through what it is given.
        expect(
            bool(self.noise) or self.architecture != "unet",
            "noise",
            "one or more for architecture unet, which has no code",
            self.noise,
        )
        # No other network looks at them.
        if self.architecture != "dense":
            rule = f"0 for architecture {self.architecture}; dense alone has it"
            expect(not self.sparsity.weight, "sparsity.weight", rule, self.sparsity)
            expect(not self.l2, "l2", rule, self.l2)

    @property
    def plan(self) -> Plan:
        """What the network is built from."""
        return Plan(self.units, self.filters, self.sparsity, self.l2)


@dataclass(frozen=True)
class Trained:
    """A trained autoencoder, in float32 and ready to export.

    Attributes:
        model: Keras model from pixels to pixels, from 0 to 1.
        history: One row per epoch.
        outcome: Facts about the training.
    """

    model: Any
    history: "list[EpochRow]"
    outcome: "Outcome"


def build_model(params: Params, image_shape: tuple[int, ...]) -> Any:
    """Build the network from pixels to pixels.

    Args:
        params: Its architecture.
        image_shape: Height, width and channels.
    """
    return build_network(params.architecture, params.plan, image_shape)


def train(params: Params, data: "ImageData", workdir: Path, seed: int) -> Trained:
    """Train an autoencoder; goes on from what `workdir` holds of an earlier attempt.

    Args:
        params: Architecture and training.
        data: Training and validation split; the labels are not looked at.
        workdir: Folder for checkpoints.
        seed: Seeds weights, shuffling and noise.
    """
    import keras

    from components.trainer.autoencoder.monitor import Restoring
    from components.trainer.images.input_pipeline import steps_per_epoch
    from components.trainer.loop.devices import find_devices
    from components.trainer.loop.fit import Plan, fit
    from components.trainer.loop.history import train_seconds
    from components.trainer.provenance import Outcome

    keras.utils.set_random_seed(seed)
    devices = find_devices()
    policy = choose_precision(params.precision, devices.kind, read_cpu_flags())
    num_steps = steps_per_epoch(data.train, params.batch_size)
    plan = Plan(params.epochs, num_steps, workdir)
    with devices.strategy.scope(), dtype_policy(policy):
        model = build_model(params, data.image_shape)
        model.compile(
            optimizer=make_optimizer(params.optimizer, plan.total_steps),
            loss=_squared_error,
            # XLA costs 1.5 times the CPU time here and pays on accelerators only.
            jit_compile=False if devices.kind == "cpu" else "auto",
        )
    validate = Restoring(data.validation.images, params.noise, seed)
    history = fit(model, partial(_batches, params, data.train, seed), plan, validate)
    # Built again: layers keep the policy that they were built with.
    with dtype_policy("float32"):
        exact = build_model(params, data.image_shape)
    exact.set_weights(model.get_weights())
    judged = {name.removeprefix("val_"): v for name, v in validate(exact).items()}
    outcome = Outcome(
        num_parameters=exact.count_params(),
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices=devices.description,
        precision=policy,
        validation=judged,
    )
    return Trained(exact, history, outcome)


def run_fn(fn_args: Any) -> None:
    """Train and export; what TFX's Trainer calls by import path.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    from components.trainer.autoencoder.export import export_autoencoder
    from components.trainer.autoencoder.section import write_autoencoder_section
    from components.trainer.images.run import run_image_model

    run_image_model(
        fn_args, Params, train, export_autoencoder, write_autoencoder_section
    )


def _squared_error(clean: Any, restored: Any) -> Any:
    """Summed over an image, as the penalty is over a code: a mean would drown in it."""
    import keras

    squares = keras.ops.square(keras.ops.cast(restored, "float32") - clean)
    return keras.ops.sum(squares, axis=[1, 2, 3])


def _batches(params: Params, arrays: "ImageArrays", seed: int, first_epoch: int) -> Any:
    """Batches of (what is given, what is wanted) without end."""
    import tensorflow as tf

    from components.images.noise import corrupt
    from components.trainer.images.input_pipeline import epochs, steps_per_epoch

    batches = epochs(arrays, params.batch_size, seed, Augmentation(), first_epoch)
    first = first_epoch * steps_per_epoch(arrays, params.batch_size)

    def pair(step: Any, batch: Any) -> tuple[Any, Any]:
        clean = tf.cast(batch[0], tf.float32) / _WHITE
        if not params.noise:
            return clean, clean
        return corrupt(clean, params.noise, tf.random.fold_in([seed, 1], step)), clean

    numbered = tf.data.Dataset.zip((tf.data.Dataset.counter(first), batches))
    return numbered.map(pair, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
