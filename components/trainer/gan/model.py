# SPDX-License-Identifier: Apache-2.0
"""A GAN as one Keras model: two networks, two optimizers, one training step.

The discriminator learns to tell real images from made ones; the generator learns to be
taken for real. Its loss is the non-saturating one, -log D(G(z)): with log(1 - D(G(z)))
it would learn nothing while the discriminator wins, which early on it does.

A latent with classes makes both networks conditional: the generator is told the class
that it is to draw, the discriminator that of each image (Miyato & Koyama 2018). Then a
made digit that might as well be a 4 as a 9 gives itself away.

The stabiliser is R1, a penalty on the discriminator's steepness at real images
(Mescheder et al. 2018), paid for several steps at once (Karras et al. 2020).
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from components.trainer.generative.latent import Latent

_HALF_WHITE: Final = 127.5
# With it the running mean reaches over the last tenth of the steps so far.
_WARM_UP: Final = 10.0
# The penalty takes a gradient of a gradient, too dear for each step.
_PENALTY_EVERY: Final = 8


def to_images(signed: Any) -> Any:
    """Images from -1 to 1 as uint8."""
    import tensorflow as tf

    return tf.cast(tf.round((signed + 1.0) * _HALF_WHITE), tf.uint8)


def from_images(images: Any) -> Any:
    """uint8 images as float32 from -1 to 1."""
    import tensorflow as tf

    return tf.cast(images, tf.float32) / _HALF_WHITE - 1.0


def make_adversaries(
    generator: Any,
    averaged: Any,
    discriminator: Any,
    latent: Latent,
    seed: int,
    averaging: float,
    gradient_penalty: float,
) -> Any:
    """Make the model that `compile_adversaries` and Keras' `fit` take.

    Args:
        generator: From rows of the latent to images from -1 to 1.
        averaged: A network like it, which follows the running mean of its weights.
        discriminator: From images to logits; with classes, from images and one-hot
            classes.
        latent: What images are made of.
        seed: Decides what is drawn, together with the step.
        averaging: Share of the running mean kept per step; 0 keeps none.
        gradient_penalty: Weight of the squared gradient of the logit at real images; 0
            leaves it out.
    """
    averaged.set_weights(generator.get_weights())
    return _model_class()(
        generator, averaged, discriminator, latent, seed, averaging, gradient_penalty
    )


def compile_adversaries(
    model: Any, generator_optimizer: Any, discriminator_optimizer: Any, jit: Any
) -> None:
    """Give each network its optimizer, which in Keras 3 knows its variables alone."""
    import keras

    model.compile(optimizer=generator_optimizer, jit_compile=jit)
    # In float16 Keras wraps the one that it knows in one that scales the loss.
    if model.optimizer is not generator_optimizer:
        discriminator_optimizer = keras.optimizers.LossScaleOptimizer(
            discriminator_optimizer
        )
    model.optimizers = (model.optimizer, discriminator_optimizer)
    for optimizer, network in zip(
        model.optimizers, (model.generator, model.discriminator), strict=True
    ):
        optimizer.build(network.trainable_variables)


@cache
def _model_class() -> Any:
    import keras
    import tensorflow as tf

    class Adversaries(keras.Model):
        """A generator, its average and a discriminator."""

        def __init__(
            self,
            generator: Any,
            averaged: Any,
            discriminator: Any,
            latent: Latent,
            seed: int,
            averaging: float,
            gradient_penalty: float,
        ) -> None:
            super().__init__(name="adversaries")
            self.generator, self.averaged = generator, averaged
            self.discriminator = discriminator
            self._latent, self._seed, self._averaging = latent, seed, averaging
            self._penalty = gradient_penalty
            names = ("loss", "discriminator_loss", "score_of_real", "score_of_made")
            self._told = {name: keras.metrics.Mean(name=name) for name in names}
            self.built = True

        @property
        def metrics(self) -> list[Any]:
            """Means over the epoch, set back by Keras before the next."""
            return list(self._told.values())

        def call(self, rows: Any, training: bool | None = None) -> Any:
            """Make images of rows of the latent, with the averaged weights."""
            return self.averaged(rows, training=False)

        def train_step(self, data: Any) -> Mapping[str, Any]:
            """Teach the discriminator, then the generator, on fresh draws each."""
            real = self._judged(from_images(data[0]), self._one_hot(data[1]))
            told = self._teach_discriminator(real)
            told |= self._teach_generator(tf.shape(data[0])[0])
            self._average()
            for name, value in told.items():
                self._told[name].update_state(value)
            return {name: metric.result() for name, metric in self._told.items()}

        def _teach_discriminator(self, real: Any) -> dict[str, Any]:
            made = self._make(tf.shape(real[0])[0], draw=0)
            network = self.discriminator
            with tf.GradientTape() as tape:
                on_real = network(real, training=True)
                on_made = network(made, training=True)
                loss = tf.reduce_mean(
                    tf.nn.softplus(-on_real) + tf.nn.softplus(on_made)
                )
                total = loss + self._penalize(real) if self._penalty else loss
                scaled = self.optimizers[1].scale_loss(total)
            gradients = tape.gradient(scaled, network.trainable_variables)
            self.optimizers[1].apply(gradients)
            return {
                "discriminator_loss": loss,
                "score_of_real": tf.reduce_mean(tf.sigmoid(on_real)),
                "score_of_made": tf.reduce_mean(tf.sigmoid(on_made)),
            }

        def _penalize(self, real: Any) -> Any:
            """What the steepness of the logit at real images costs at this step."""
            due = self.optimizers[1].iterations % _PENALTY_EVERY == 0
            return tf.cond(due, lambda: self._steepness_cost(real), lambda: 0.0)

        def _steepness_cost(self, real: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(real[0])
                total = tf.reduce_sum(self.discriminator(real, training=True))
            gradients = tape.gradient(total, real[0])
            steepness = tf.reduce_sum(tf.square(gradients), [1, 2, 3])
            return _PENALTY_EVERY * self._penalty / 2 * tf.reduce_mean(steepness)

        def _teach_generator(self, count: Any) -> dict[str, Any]:
            with tf.GradientTape() as tape:
                logits = self.discriminator(self._make(count, draw=1), training=True)
                loss = tf.reduce_mean(tf.nn.softplus(-logits))
                scaled = self.optimizers[0].scale_loss(loss)
            network = self.generator
            gradients = tape.gradient(scaled, network.trainable_variables)
            self.optimizers[0].apply(gradients)
            return {"loss": loss}

        def _make(self, count: Any, draw: int) -> Any:
            # The step's number is part of a checkpoint, so a training that goes on
            # draws what one without an interruption would have drawn.
            step = tf.cast(self.optimizers[0].iterations, tf.int32)
            rows = self._latent.draw(count, [self._seed, 2 * step + draw])
            images = self.generator(rows, training=True)
            return self._judged(images, self._latent.one_hot(rows))

        def _one_hot(self, labels: Any) -> Any:
            return tf.one_hot(labels, self._latent.classes)

        def _judged(self, images: Any, one_hot: Any) -> list[Any]:
            """What the discriminator is shown; where all is noise, images alone."""
            return [images, one_hot] if self._latent.classes else [images]

        def _average(self) -> None:
            # At first less is kept, or the untrained weights would stay in the mean.
            steps = tf.cast(self.optimizers[0].iterations, tf.float32)
            kept = tf.minimum(self._averaging, steps / (steps + _WARM_UP))
            # Batch statistics too: they belong to the weights that they were seen with.
            pairs = zip(self.averaged.variables, self.generator.variables, strict=True)
            for mean, variable in pairs:
                mean.assign(kept * mean + (1.0 - kept) * variable)

    return Adversaries
