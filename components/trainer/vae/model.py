# SPDX-License-Identifier: Apache-2.0
"""A variational autoencoder (VAE) as one Keras model: two networks, one loss.

The encoder maps an image x to a normal distribution q(z | x) of the latent variables,
the decoder maps z to a distribution of each pixel, Bernoulli by default. Training
maximises the evidence lower bound (ELBO; Kingma & Welling 2014)

    log p(x) >= E[log p(x | z)] - KL(q(z | x) || N(0, 1)),

the first term estimated with one reparameterised sample z per image, the second in
closed form. Both are in nats per image.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import keras
import tensorflow as tf

from components.contracts.image_options import Likelihood
from components.images.pixel_likelihood import grey_nats
from components.trainer.vae.networks import build_decoder, build_encoder
from components.trainer.vae.params import Params

# Counter-based, so every kind of device draws the same numbers.
_PHILOX: Final = "philox"


def negative_elbo_terms(
    encoder: keras.Model,
    decoder: keras.Model,
    pixels: tf.Tensor,
    seed: Sequence[int | tf.Tensor] | tf.Tensor,
    training: bool,
    likelihood: Likelihood = "bernoulli",
    weight: float = 1.0,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Compute the two terms of the negative ELBO, per image.

    Args:
        encoder: Network from pixels to means and log-variances.
        decoder: Network from latent variables to logits of pixels.
        pixels: float32 (n, height, width, channels), from 0 to 1.
        seed: Two integers, which determine the latent samples.
        training: Whether to call the networks in training mode.
        likelihood: Distribution of a pixel. Defaults to `bernoulli`.
        weight: Weight of the errors of another one. Defaults to 1.

    Returns:
        Negative log-likelihood of the reconstruction and KL divergence, each (n,), in
        nats.
    """
    mean, log_variance = encoder(pixels, training=training)
    epsilon = tf.random.stateless_normal(tf.shape(mean), seed, alg=_PHILOX)
    logits = decoder(mean + epsilon * tf.exp(0.5 * log_variance), training=training)
    if likelihood == "bernoulli":
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=pixels, logits=logits)
    else:
        losses = grey_nats(pixels, logits, likelihood, weight)
    twice_kl = tf.square(mean) + tf.exp(log_variance) - log_variance - 1.0
    return tf.reduce_sum(losses, [1, 2, 3]), 0.5 * tf.reduce_sum(twice_kl, axis=1)


class VAE(keras.Model):
    """Encoder and decoder, trained together.

    Called on pixels, it returns the logits of their reconstruction from the posterior
    means.

    Args:
        encoder: Network from pixels to means and log-variances.
        decoder: Network from latent variables to logits of pixels.
        seed: Determines the latent samples, together with the step.
        beta: Weight of the KL divergence.
        warm_up_steps: Steps over which that weight rises from 0.
        likelihood: Distribution of a pixel. Defaults to `bernoulli`.
        reconstruction_weight: Weight of the errors of another one. Defaults to 1.
    """

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        seed: int,
        beta: float,
        warm_up_steps: int,
        likelihood: Likelihood = "bernoulli",
        reconstruction_weight: float = 1.0,
    ) -> None:
        super().__init__(name="vae")
        self.encoder, self.decoder = encoder, decoder
        self._likelihood = likelihood
        self._reconstruction_weight = reconstruction_weight
        self._seed, self._beta, self._warm_up_steps = seed, beta, warm_up_steps
        names = ("loss", "reconstruction", "kl_divergence")
        self._trackers = {name: keras.metrics.Mean(name=name) for name in names}
        self.built = True

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Means over the epoch; Keras resets them before the next one."""
        return list(self._trackers.values())

    def call(self, pixels: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """Reconstruct pixels from the posterior means, as logits."""
        mean, _ = self.encoder(pixels, training=training)
        return self.decoder(mean, training=training)

    def negative_elbo_terms(
        self,
        pixels: tf.Tensor,
        seed: Sequence[int | tf.Tensor] | tf.Tensor,
        training: bool,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Compute the two terms of the negative ELBO, per image, as the function does.

        Args:
            pixels: float32 (n, height, width, channels), from 0 to 1.
            seed: Two integers, which determine the latent samples.
            training: Whether to call the networks in training mode.
        """
        likelihood, weight = self._likelihood, self._reconstruction_weight
        networks = (self.encoder, self.decoder)
        return negative_elbo_terms(
            *networks, pixels, seed, training, likelihood, weight
        )

    def train_step(self, pixels: tf.Tensor) -> Mapping[str, tf.Tensor]:
        """Minimise the weighted negative ELBO; report it unweighted."""
        # The seed depends on the step, which a checkpoint holds: a resumed training
        # draws the same samples as an uninterrupted one.
        step = tf.cast(self.optimizer.iterations, tf.int32)
        with tf.GradientTape() as tape:
            reconstruction, kl_divergence = (
                tf.reduce_mean(term)
                for term in self.negative_elbo_terms(pixels, [self._seed, step], True)
            )
            total = reconstruction + self._kl_weight(step) * kl_divergence
            scaled = self.optimizer.scale_loss(total)
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(scaled, variables), variables)
        values = (reconstruction + kl_divergence, reconstruction, kl_divergence)
        for tracker, value in zip(self._trackers.values(), values, strict=True):
            tracker.update_state(value)
        return {name: tracker.result() for name, tracker in self._trackers.items()}

    def _kl_weight(self, step: int | tf.Tensor) -> float | tf.Tensor:
        """Compute the weight of the KL divergence at a step (Bowman et al. 2016)."""
        # At full weight from the start, the posterior of some latent variables would
        # collapse to the prior before the decoder uses them.
        progress = tf.cast(step, tf.float32) / max(1.0, float(self._warm_up_steps))
        return self._beta * (tf.minimum(1.0, progress) if self._warm_up_steps else 1.0)


def build_model(
    params: Params, image_shape: tuple[int, ...], seed: int, steps_per_epoch: int
) -> VAE:
    """Build encoder and decoder as one model.

    Args:
        params: Architecture and training.
        image_shape: (height, width, channels).
        seed: Determines the latent samples of the training.
        steps_per_epoch: Converts the warm-up from epochs to steps.
    """
    encoder = build_encoder(params, image_shape)
    decoder = build_decoder(params, image_shape)
    warm_up_steps = round(params.warm_up_epochs * steps_per_epoch)
    return VAE(
        encoder,
        decoder,
        seed,
        params.beta,
        warm_up_steps,
        params.likelihood,
        params.reconstruction_weight,
    )
