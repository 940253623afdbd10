# SPDX-License-Identifier: Apache-2.0
"""A GAN as one Keras model: two networks, two optimizers, one training step.

The discriminator classifies images as real or generated. The generator minimises the
non-saturating loss -log D(G(z)) (Goodfellow et al. 2014): the gradient of the minimax
loss log(1 - D(G(z))) vanishes while the discriminator rejects everything, as it does
early in training.

With classes both networks are conditional; the projection discriminator (Miyato &
Koyama 2018) then rejects samples that do not match their class.

R1 regularisation penalises the gradient of the discriminator at real images (Mescheder
et al. 2018), lazily: once in several steps, multiplied by their number (Karras et al.
2020).
"""

from collections.abc import Mapping
from typing import Final

import keras
import tensorflow as tf

from components.trainer.gan.networks import build_discriminator, build_generator
from components.trainer.gan.params import Params
from components.trainer.generative.latent import Latent

_HALF_RANGE: Final = 127.5
# With it the average reaches over the last tenth of the steps so far.
_AVERAGING_WARM_UP: Final = 10.0
# A gradient of a gradient is too expensive for each step.
_PENALTY_INTERVAL: Final = 8


def scale_to_uint8(images: tf.Tensor) -> tf.Tensor:
    """Scale images from [-1, 1] to uint8."""
    return tf.cast(tf.round((images + 1.0) * _HALF_RANGE), tf.uint8)


def scale_to_tanh(images: tf.Tensor) -> tf.Tensor:
    """Scale uint8 images to float32 in [-1, 1], the range of the generator."""
    return tf.cast(images, tf.float32) / _HALF_RANGE - 1.0


class GAN(keras.Model):
    """Generator, its weight average and discriminator, trained alternately.

    Called on latent vectors (n, latent.width), it generates images with the averaged
    weights.

    Args:
        generator: Network from latent vectors to images from -1 to 1.
        averaged_generator: A second one, which holds the average of the weights.
        discriminator: Network from images, and one-hot classes if there are any, to
            logits.
        latent: Distribution of the latent vectors.
        seed: Determines the latent vectors, together with the step.
        averaging: Decay of the average per step; 0 keeps the last weights only.
        gradient_penalty: Weight of the R1 penalty; 0 for none.
    """

    def __init__(
        self,
        generator: keras.Model,
        averaged_generator: keras.Model,
        discriminator: keras.Model,
        latent: Latent,
        seed: int,
        averaging: float,
        gradient_penalty: float,
    ) -> None:
        super().__init__(name="gan")
        averaged_generator.set_weights(generator.get_weights())
        self.generator = generator
        self.averaged_generator = averaged_generator
        self.discriminator = discriminator
        self._latent, self._seed, self._averaging = latent, seed, averaging
        self._penalty_weight = gradient_penalty
        names = ("loss", "discriminator_loss", "real_score", "fake_score")
        self._trackers = {name: keras.metrics.Mean(name=name) for name in names}
        self.built = True

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Means over the epoch; Keras resets them before the next one."""
        return list(self._trackers.values())

    def compile(
        self,
        generator_optimizer: keras.optimizers.Optimizer,
        discriminator_optimizer: keras.optimizers.Optimizer,
        jit_compile: bool | str = "auto",
    ) -> None:
        """Configure one optimizer per network, in `optimizers` in this order.

        Args:
            generator_optimizer: Optimizer of the generator; also `optimizer`.
            discriminator_optimizer: Optimizer of the discriminator.
            jit_compile: Whether to compile the step with XLA. Defaults to `auto`.
        """
        super().compile(optimizer=generator_optimizer, jit_compile=jit_compile)
        # Under mixed_float16 Keras wraps its optimizer in one that scales the loss.
        if self.optimizer is not generator_optimizer:
            discriminator_optimizer = keras.optimizers.LossScaleOptimizer(
                discriminator_optimizer
            )
        self.optimizers = (self.optimizer, discriminator_optimizer)
        self.optimizers[0].build(self.generator.trainable_variables)
        self.optimizers[1].build(self.discriminator.trainable_variables)

    def call(self, vectors: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Generate images of latent vectors with the averaged weights."""
        return self.averaged_generator(vectors, training=False)

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> Mapping[str, tf.Tensor]:
        """Train the discriminator, then the generator, each on new latent vectors.

        Args:
            data: uint8 images (n, height, width, channels) and labels (n,).
        """
        images, labels = data
        one_hot = tf.one_hot(labels, self._latent.num_classes)
        real = self._discriminator_inputs(scale_to_tanh(images), one_hot)
        values = self._train_discriminator(real)
        values |= self._train_generator(tf.shape(images)[0])
        self._update_average()
        for name, value in values.items():
            self._trackers[name].update_state(value)
        return {name: tracker.result() for name, tracker in self._trackers.items()}

    def _train_discriminator(self, real: list[tf.Tensor]) -> dict[str, tf.Tensor]:
        fake = self._generate(tf.shape(real[0])[0], draw=0)
        network, optimizer = self.discriminator, self.optimizers[1]
        with tf.GradientTape() as tape:
            real_logits = network(real, training=True)
            fake_logits = network(fake, training=True)
            loss = tf.reduce_mean(
                tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits)
            )
            total = loss + self._lazy_penalty(real) if self._penalty_weight else loss
            scaled = optimizer.scale_loss(total)
        optimizer.apply(tape.gradient(scaled, network.trainable_variables))
        return {
            "discriminator_loss": loss,
            "real_score": tf.reduce_mean(tf.sigmoid(real_logits)),
            "fake_score": tf.reduce_mean(tf.sigmoid(fake_logits)),
        }

    def _lazy_penalty(self, real: list[tf.Tensor]) -> tf.Tensor:
        """Return the R1 penalty for all steps of an interval at its first, else 0."""
        is_due = self.optimizers[1].iterations % _PENALTY_INTERVAL == 0
        return tf.cond(is_due, lambda: self._r1_penalty(real), lambda: 0.0)

    def _r1_penalty(self, real: list[tf.Tensor]) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(real[0])
            total = tf.reduce_sum(self.discriminator(real, training=True))
        gradients = tape.gradient(total, real[0])
        squared_norms = tf.reduce_sum(tf.square(gradients), [1, 2, 3])
        return (
            _PENALTY_INTERVAL * self._penalty_weight / 2 * tf.reduce_mean(squared_norms)
        )

    def _train_generator(self, count: tf.Tensor) -> dict[str, tf.Tensor]:
        network, optimizer = self.generator, self.optimizers[0]
        with tf.GradientTape() as tape:
            logits = self.discriminator(self._generate(count, draw=1), training=True)
            loss = tf.reduce_mean(tf.nn.softplus(-logits))
            scaled = optimizer.scale_loss(loss)
        optimizer.apply(tape.gradient(scaled, network.trainable_variables))
        return {"loss": loss}

    def _generate(self, count: tf.Tensor, draw: int) -> list[tf.Tensor]:
        # The seed depends on the step, which a checkpoint holds: a resumed training
        # draws the same vectors as an uninterrupted one.
        step = tf.cast(self.optimizers[0].iterations, tf.int32)
        vectors = self._latent.draw(count, [self._seed, 2 * step + draw])
        images = self.generator(vectors, training=True)
        return self._discriminator_inputs(images, self._latent.one_hot_classes(vectors))

    def _discriminator_inputs(
        self, images: tf.Tensor, one_hot: tf.Tensor
    ) -> list[tf.Tensor]:
        return [images, one_hot] if self._latent.num_classes else [images]

    def _update_average(self) -> None:
        """Update the exponential moving average of the weights (Yazici et al. 2019)."""
        # A smaller decay at first, or the untrained weights would stay in the average.
        steps = tf.cast(self.optimizers[0].iterations, tf.float32)
        decay = tf.minimum(self._averaging, steps / (steps + _AVERAGING_WARM_UP))
        # All variables: batch statistics belong to the weights they were measured with.
        for average, variable in zip(
            self.averaged_generator.variables, self.generator.variables, strict=True
        ):
            average.assign(decay * average + (1.0 - decay) * variable)


def build_model(
    params: Params, latent: Latent, image_shape: tuple[int, ...], seed: int
) -> GAN:
    """Build generator, averaged generator and discriminator as one model.

    Args:
        params: Architecture and training.
        latent: Distribution of the latent vectors.
        image_shape: (height, width, channels).
        seed: Determines the latent vectors of the training.
    """
    generator, averaged_generator = (
        build_generator(params.architecture, params.filters, latent, image_shape)
        for _ in range(2)
    )
    discriminator = build_discriminator(
        params.architecture, params.filters, image_shape, latent.num_classes
    )
    return GAN(
        generator,
        averaged_generator,
        discriminator,
        latent,
        seed,
        params.averaging,
        params.gradient_penalty,
    )
