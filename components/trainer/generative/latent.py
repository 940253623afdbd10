# SPDX-License-Identifier: Apache-2.0
"""What a generator makes an image of: numbers drawn at random, and perhaps a class."""

from dataclasses import dataclass
from typing import Any, Final, Literal

Noise = Literal["normal", "uniform"]

# Any device draws the same numbers with it.
_PHILOX: Final = "philox"


@dataclass(frozen=True)
class Latent:
    """The input of a generator: a row of float32 per image.

    Attributes:
        size: Numbers drawn at random, the front of the row.
        noise: Where these come from: `normal`, or `uniform` from -1 to 1.
        classes: Classes to draw one of, equally often; the back of the row is 1 for it
            and 0 for the others. Defaults to 0: nothing but noise.
    """

    size: int
    noise: Noise = "normal"
    classes: int = 0

    @property
    def width(self) -> int:
        """Numbers of a row."""
        return self.size + self.classes

    def draw(self, count: Any, seed: Any, label: Any = None) -> Any:
        """Draw rows: float32 (count, width).

        Args:
            count: Number of images.
            seed: Two integers; the result depends on nothing else.
            label: Index of the one class that is wanted. Defaults to any.
        """
        import tensorflow as tf

        noise = self._draw_noise([count, self.size], seed)
        if not self.classes:
            return noise
        if label is None:
            # Seeds of their own, or the class would hang on the noise.
            others = tf.random.fold_in(seed, 1)
            drawn = tf.random.stateless_uniform(
                [count], others, 0, self.classes, tf.int32, _PHILOX
            )
        else:
            drawn = tf.fill([count], label)
        return tf.concat([noise, tf.one_hot(drawn, self.classes)], axis=1)

    def one_hot(self, rows: Any) -> Any:
        """The classes of rows: float32 (count, classes)."""
        return rows[:, self.size :]

    def _draw_noise(self, shape: Any, seed: Any) -> Any:
        import tensorflow as tf

        if self.noise == "uniform":
            return tf.random.stateless_uniform(shape, seed, -1.0, 1.0, alg=_PHILOX)
        return tf.random.stateless_normal(shape, seed, alg=_PHILOX)
