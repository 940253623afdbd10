# SPDX-License-Identifier: Apache-2.0
"""A variational autoencoder as one Keras model: two networks and one bound.

For each image the encoder names a normal distribution of codes, the decoder the
probability that each pixel is white. What is learnt is the evidence lower bound,

    log p(image) >= E[log p(image | code)] - KL(q(code | image) || N(0, 1)),

the first part with one code drawn per image, the second in closed form. In nats.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

# Any device draws the same numbers with it.
_PHILOX: Final = "philox"


def measure_bound(
    encoder: Any, decoder: Any, pixels: Any, seed: Any, training: bool
) -> tuple[Any, Any]:
    """The two parts of the negative bound, per image.

    Args:
        encoder: From pixels to means and log-variances.
        decoder: From codes to logits of pixels.
        pixels: float32 (n, height, width, channels), from 0 to 1.
        seed: Two integers that decide the codes.
        training: Whether the networks are being trained.

    Returns:
        The reconstruction's negative log-likelihood and the divergence, each (n,).
    """
    import tensorflow as tf

    mean, log_variance = encoder(pixels, training=training)
    draw = tf.random.stateless_normal(tf.shape(mean), seed, alg=_PHILOX)
    logits = decoder(mean + draw * tf.exp(0.5 * log_variance), training=training)
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=pixels, logits=logits)
    spread = tf.square(mean) + tf.exp(log_variance) - log_variance - 1.0
    return tf.reduce_sum(losses, [1, 2, 3]), 0.5 * tf.reduce_sum(spread, axis=1)


def make_variational(
    encoder: Any, decoder: Any, seed: int, beta: float, warm_up_steps: int
) -> Any:
    """Make the model that Keras' `compile` and `fit` take.

    Args:
        encoder: From pixels to means and log-variances.
        decoder: From codes to logits of pixels.
        seed: Decides the codes, together with the step.
        beta: Weight of the divergence.
        warm_up_steps: Steps over which that weight rises from 0.
    """
    return _model_class()(encoder, decoder, seed, beta, warm_up_steps)


@cache
def _model_class() -> Any:
    import keras
    import tensorflow as tf

    class Variational(keras.Model):
        """An encoder and a decoder."""

        def __init__(
            self,
            encoder: Any,
            decoder: Any,
            seed: int,
            beta: float,
            warm_up_steps: int,
        ) -> None:
            super().__init__(name="variational")
            self.encoder, self.decoder = encoder, decoder
            self._seed, self._beta, self._warm_up = seed, beta, warm_up_steps
            names = ("loss", "reconstruction", "divergence")
            self._told = {name: keras.metrics.Mean(name=name) for name in names}
            self.built = True

        @property
        def metrics(self) -> list[Any]:
            """Means over the epoch, set back by Keras before the next."""
            return list(self._told.values())

        def call(self, pixels: Any, training: bool | None = None) -> Any:
            """Logits of the pixels, from the means of their codes."""
            mean, _ = self.encoder(pixels, training=training)
            return self.decoder(mean, training=training)

        def train_step(self, pixels: Any) -> Mapping[str, Any]:
            """Follow the gradient of the weighted bound; tell the bound itself."""
            # The step's number is part of a checkpoint, so a training that goes on
            # draws what one without an interruption would have drawn.
            step = tf.cast(self.optimizer.iterations, tf.int32)
            with tf.GradientTape() as tape:
                reconstruction, divergence = (
                    tf.reduce_mean(part)
                    for part in measure_bound(
                        self.encoder, self.decoder, pixels, [self._seed, step], True
                    )
                )
                total = reconstruction + self._weight(step) * divergence
                scaled = self.optimizer.scale_loss(total)
            variables = self.trainable_variables
            self.optimizer.apply(tape.gradient(scaled, variables), variables)
            found = (reconstruction + divergence, reconstruction, divergence)
            for metric, value in zip(self._told.values(), found, strict=True):
                metric.update_state(value)
            return {name: metric.result() for name, metric in self._told.items()}

        def _weight(self, step: Any) -> Any:
            # The divergence is the easier part to lower: at full weight from the start
            # some numbers of the code would fall silent before they are of any use.
            risen = tf.cast(step, tf.float32) / max(1.0, float(self._warm_up))
            return self._beta * (tf.minimum(1.0, risen) if self._warm_up else 1.0)

    return Variational
