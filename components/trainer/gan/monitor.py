# SPDX-License-Identifier: Apache-2.0
"""How a generator comes on: pictures of the same draws and a distance, every epoch.

The distance is measured against images that were held out of the training set, in the
features of a published classifier. The test split is not seen here.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from components.contracts.signatures import FEATURES
from components.core.errors import UsageError
from components.images.frechet import (
    IMAGES_AT_ONCE,
    Moments,
    frechet_distance,
    measure_moments,
    read_features,
)
from components.model_store.published import open_published
from components.trainer.gan.model import to_images
from components.trainer.generative.latent import Latent
from components.trainer.generative.sample_strips import PICTURES, Strips
from components.trainer.job import Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Draws of their own, apart from those of the training steps.
_PICTURES_DRAW: Final = -1
_DISTANCE_DRAW: Final = -2


def open_classifier(job: Job) -> Path:
    """The folder of the published classifier that the recipe names as `needs`.

    Raises:
        ProdlError: If it names none, or that one is not what was published.
    """
    if job.needs is None:
        raise UsageError(
            f"{job.recipe!r} needs a published classifier, in whose features its "
            "samples are measured.\nWrite into params.yaml, as in mnist-gan:\n"
            "    needs: mnist-cnn"
        )
    return open_published("needs", job.needs)


class Monitor:
    """Watches one training; what it keeps outlives an interruption.

    Args:
        held_out: uint8 images that are not trained on.
        classifier: Folder of the published classifier.
        latent: What the generator makes images of.
        seed: Decides what is drawn.
        workdir: Folder for the pictures.
    """

    def __init__(
        self,
        held_out: "NDArray[Any]",
        classifier: Path,
        latent: Latent,
        seed: int,
        workdir: Path,
    ) -> None:
        import tensorflow as tf

        # Kept: signatures do not hold on to the model that they belong to.
        self._classifier = tf.saved_model.load(str(classifier))
        self._features = self._classifier.signatures[FEATURES]
        self._count, self._latent, self._seed = len(held_out), latent, seed
        self._reference = self._moments(held_out)
        self._strips = Strips(workdir)

    def __call__(self, model: Any) -> dict[str, float]:
        """Keep pictures of the fixed draws and measure the distance.

        Args:
            model: What `make_adversaries` made, after an epoch.
        """
        pictures = self._draw(model, PICTURES, _PICTURES_DRAW)
        self._strips.keep(int(model.optimizer.iterations), pictures)
        return {"val_frechet_distance": self.judge(model)}

    def judge(self, generator: Any) -> float:
        """Measure the distance of a generator's images to those held out.

        Args:
            generator: Keras model from rows of the latent to images from -1 to 1.
        """
        made = self._moments(self._draw(generator, self._count, _DISTANCE_DRAW))
        return frechet_distance(made, self._reference)

    def strips(self) -> list[bytes]:
        """The pictures of all epochs, as PNG, in order."""
        return self._strips.read()

    def _moments(self, images: "NDArray[Any]") -> Moments:
        return measure_moments(read_features(self._features, images))

    def _draw(self, generator: Any, count: int, draw: int) -> "NDArray[Any]":
        import numpy as np

        rows = self._latent.draw(count, [self._seed, draw])
        images = generator.predict(rows, batch_size=IMAGES_AT_ONCE, verbose=0)
        drawn: NDArray[Any] = np.asarray(to_images(images))
        return drawn
