# SPDX-License-Identifier: Apache-2.0
"""How a variational autoencoder comes on: its bound and its pictures, every epoch.

Images, their binarisation and the codes are the same each time, so the curve shows the
model alone. The images are held out of the training set.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.images.binarisation import Binarisation, binarise
from components.trainer.classifier.validation import evaluation_batch
from components.trainer.generative.latent import Latent
from components.trainer.generative.sample_strips import PICTURES, Strips
from components.trainer.images.serving import to_images
from components.trainer.vae.model import measure_bound

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Draws of their own, apart from those of the training steps.
_BINARY_DRAW: Final = -1
_CODE_DRAW: Final = -2
_PICTURES_DRAW: Final = -3


class BoundMonitor:
    """Watches one training; what it keeps outlives an interruption.

    Args:
        held_out: uint8 images that are not trained on.
        rule: How they are binarised.
        seed: Decides binarisation and codes.
        workdir: Folder for the pictures.
    """

    def __init__(
        self, held_out: "NDArray[Any]", rule: Binarisation, seed: int, workdir: Path
    ) -> None:
        self._pixels = binarise(held_out, rule, [seed, _BINARY_DRAW]).numpy()
        self._seed, self._strips = seed, Strips(workdir)
        self._measures: dict[int, Any] = {}

    def __call__(self, model: Any) -> dict[str, float]:
        """Keep pictures of the fixed codes and measure the bound.

        Args:
            model: What `make_variational` made, after an epoch.
        """
        self._strips.keep(int(model.optimizer.iterations), self._draw(model))
        return self.judge(model)

    def judge(self, model: Any) -> dict[str, float]:
        """Measure `val_negative_bound_nats` and its two parts."""
        import tensorflow as tf

        measure = self._compiled(model)
        totals = [0.0, 0.0]
        size = evaluation_batch(self._pixels.shape[1:])
        for start in range(0, len(self._pixels), size):
            batch = self._pixels[start : start + size]
            for part, sums in enumerate(measure(batch, tf.constant(start))):
                totals[part] += float(sums)
        reconstruction, divergence = (total / len(self._pixels) for total in totals)
        return {
            "val_negative_bound_nats": reconstruction + divergence,
            "val_reconstruction_nats": reconstruction,
            "val_divergence_nats": divergence,
        }

    def strips(self) -> list[bytes]:
        """The pictures of all epochs, as PNG, in order."""
        return self._strips.read()

    def _compiled(self, model: Any) -> Any:
        import tensorflow as tf

        @tf.function(reduce_retracing=True)
        def measure(pixels: Any, start: Any) -> Any:
            seed = tf.stack([self._seed + start, _CODE_DRAW])
            parts = measure_bound(
                model.encoder, model.decoder, pixels, seed, training=False
            )
            return [tf.reduce_sum(part) for part in parts]

        # Once per model: tracing takes longer than to measure.
        return self._measures.setdefault(id(model), measure)

    def _draw(self, model: Any) -> "NDArray[Any]":
        import tensorflow as tf

        latent = Latent(model.decoder.input_shape[-1])
        codes = latent.draw(PICTURES, [self._seed, _PICTURES_DRAW])
        logits = model.decoder(codes, training=False)
        pictures: NDArray[Any] = to_images(tf.sigmoid(logits)).numpy()
        return pictures
