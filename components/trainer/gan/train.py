# SPDX-License-Identifier: Apache-2.0
"""Generative adversarial networks: the book's (6-5), corrected, and a better one.

the book's GAN   architecture: mlp, latent_size: 100, noise: uniform
mnist-gan        architecture: dcgan, conditional: true

What is exported is the running mean of the generator's weights. Networks this small
train on one device: the first GPU, or the CPU.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.core.checks import expect
from components.trainer.gan.networks import (
    Architecture,
    build_discriminator,
    build_generator,
)
from components.trainer.generative.latent import Latent, Noise
from components.trainer.images.augmentation import Augmentation
from components.trainer.loop.devices import Kind
from components.trainer.loop.optimizer import Optimizer, make_optimizer
from components.trainer.loop.precision import (
    Precision,
    choose_precision,
    dtype_policy,
    read_cpu_flags,
)

if TYPE_CHECKING:
    from components.trainer.images.input_pipeline import ImageData
    from components.trainer.loop.history import EpochRow
    from components.trainer.provenance import Outcome


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a user may choose about a GAN."""

    epochs: int
    """How often every training image is shown to the discriminator."""

    batch_size: int
    """Images per step, real and made ones each."""

    generator: Optimizer
    """How the generator's weights follow the gradient; its `ema` stays 0."""

    discriminator: Optimizer
    """How the discriminator's weights follow the gradient."""

    architecture: Architecture = "dcgan"
    """`dcgan` or the book's `mlp`: see components/trainer/gan/networks.py."""

    filters: int = 32
    """Width of `dcgan`: filters at half the size of the image."""

    latent_size: int = 64
    """Numbers that an image is made of."""

    noise: Noise = "normal"
    """Where these numbers come from; `uniform` is from -1 to 1."""

    conditional: bool = False
    """Whether both networks are told the class of an image; one is then drawn for each
    sample, or asked for."""

    averaging: float = 0.999
    """Share of the mean generator kept per step; 0 exports the last weights."""

    gradient_penalty: float = 0.0
    """Weight of the squared gradient of the logit at real images; 0 leaves it out."""

    precision: Precision = "auto"
    """Number format of training; the exported model is float32 always."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "filters", "latent_size"):
            value = getattr(self, name)
            expect(value > 0, name, "1 or more", value)
        for name in ("generator", "discriminator"):
            ema = getattr(self, name).ema
            expect(ema == 0, f"{name}.ema", "0, as `averaging` does the same", ema)
        averaging, penalty = self.averaging, self.gradient_penalty
        expect(0 <= averaging < 1, "averaging", "0 to below 1", averaging)
        expect(penalty >= 0, "gradient_penalty", "0 or more", penalty)


@dataclass(frozen=True)
class Trained:
    """A trained generator, in float32 and ready to export.

    Attributes:
        generator: Keras model from rows of the latent to images from -1 to 1.
        latent: What it makes images of.
        history: One row per epoch.
        strips: Pictures of the same draws after each epoch, as PNG.
        outcome: Facts about the training.
    """

    generator: Any
    latent: Latent
    history: "list[EpochRow]"
    strips: list[bytes]
    outcome: "Outcome"


def build_model(
    params: Params, latent: Latent, image_shape: tuple[int, ...], seed: int
) -> Any:
    """Build generator, its average and discriminator as one Keras model.

    Args:
        params: Architecture and training.
        latent: What images are made of.
        image_shape: Height, width and channels.
        seed: Decides what is drawn in training.
    """
    from components.trainer.gan.model import make_adversaries

    generator, averaged = (
        _build_generator(params, latent, image_shape) for _ in range(2)
    )
    discriminator = build_discriminator(
        params.architecture, params.filters, image_shape, latent.classes
    )
    return make_adversaries(
        generator,
        averaged,
        discriminator,
        latent,
        seed,
        params.averaging,
        params.gradient_penalty,
    )


def train(
    params: Params, data: "ImageData", workdir: Path, seed: int, classifier: Path
) -> Trained:
    """Train a GAN; goes on from what `workdir` holds of an earlier attempt.

    Args:
        params: Architecture and training.
        data: Training and validation split; labels are looked at if `conditional` only.
        workdir: Folder for checkpoints and pictures.
        seed: Seeds weights, shuffling, noise and dropout.
        classifier: Folder of the published classifier, in whose features the distance
            to the validation split is measured.
    """
    import keras

    from components.trainer.gan.monitor import Monitor
    from components.trainer.images.input_pipeline import steps_per_epoch
    from components.trainer.loop.devices import find_devices
    from components.trainer.loop.fit import Plan, fit
    from components.trainer.loop.history import train_seconds
    from components.trainer.provenance import Outcome

    keras.utils.set_random_seed(seed)
    kind: Kind = "gpu" if find_devices().kind == "gpu" else "cpu"
    policy = choose_precision(params.precision, kind, read_cpu_flags())
    plan = Plan(params.epochs, steps_per_epoch(data.train, params.batch_size), workdir)
    classes = data.num_classes if params.conditional else 0
    latent = Latent(params.latent_size, params.noise, classes)
    with dtype_policy(policy):
        model = build_model(params, latent, data.image_shape, seed)
        _compile(model, params, plan.total_steps, jit=kind == "gpu")
    monitor = Monitor(data.validation.images, classifier, latent, seed, workdir)
    history = fit(model, partial(_batches, params, data, seed), plan, monitor)
    with dtype_policy("float32"):
        exact = _build_generator(params, latent, data.image_shape)
    exact.set_weights(model.averaged.get_weights())
    outcome = Outcome(
        num_parameters=exact.count_params(),
        epochs=len(history),
        train_seconds=train_seconds(history),
        devices=f"1 x {kind}",
        precision=policy,
        validation={"frechet_distance": monitor.judge(exact)},
        details={
            "discriminator_parameters": model.discriminator.count_params(),
            "held_out_images": len(data.validation.images),
        },
    )
    return Trained(exact, latent, history, monitor.strips(), outcome)


def run_fn(fn_args: Any) -> None:
    """Train and export; what TFX's Trainer calls by import path.

    Args:
        fn_args: TFX's `FnArgs`.
    """
    from components.trainer.gan.export import export_gan
    from components.trainer.gan.monitor import open_classifier
    from components.trainer.gan.section import write_generator_section
    from components.trainer.images.run import run_image_model
    from components.trainer.job import read_job

    classifier = open_classifier(read_job(fn_args.custom_config))
    measured = partial(train, classifier=classifier)
    run_image_model(fn_args, Params, measured, export_gan, write_generator_section)


def _build_generator(
    params: Params, latent: Latent, image_shape: tuple[int, ...]
) -> Any:
    return build_generator(params.architecture, params.filters, latent, image_shape)


def _compile(model: Any, params: Params, total_steps: int, jit: bool) -> None:
    from components.trainer.gan.model import compile_adversaries

    compile_adversaries(
        model,
        make_optimizer(params.generator, total_steps),
        make_optimizer(params.discriminator, total_steps),
        # XLA costs 1.5 times the CPU time here and pays on accelerators only.
        "auto" if jit else False,
    )


def _batches(params: Params, data: "ImageData", seed: int, first_epoch: int) -> Any:
    from components.trainer.images.input_pipeline import epochs

    return epochs(data.train, params.batch_size, seed, Augmentation(), first_epoch)
