# SPDX-License-Identifier: Apache-2.0
"""Drawn photographs of two or three classes, and examples as Ingest writes them.

Class 0 is a bright disc, class 1 bright stripes, class 2 a bright frame, on noise of
random colour and size: easy for a network that learns shapes, not for a mean of pixels.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from components.contracts.dataset_facts import DatasetFacts
from tests.support.datasets.examples import run_transform

CLASSES = ("disc", "stripes", "frame")
FACTS = DatasetFacts(
    name="shapes",
    classes=CLASSES,
    image_shape=(),
    modality="photograph",
    content_sha256="c" * 64,
    dvc_md5="d" * 32 + ".dir",
    variant="synthetic",
)


@dataclass(frozen=True)
class Photographs:
    """Splits of examples of drawn photographs, and their transform graph."""

    examples: Path
    """Folder of the examples."""

    graph: Path
    """Folder of the transform graph."""

    def files(self, split: str) -> list[str]:
        """The file patterns of a split, as TFX's Trainer receives them."""
        return [str(self.examples / f"Split-{split}" / "*")]


def draw_photograph(label: int, number: int) -> np.ndarray:
    """Draw a picture, uint8 (height, width, 3); another number gives another one."""
    random = np.random.default_rng([number, label])
    height, width = random.integers(40, 90, 2)
    pixels = random.integers(0, 90, (height, width, 3)) + random.integers(0, 50, 3)
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    marks = {
        0: np.hypot(x - 0.5, y - 0.5) < random.uniform(0.2, 0.4),
        1: (y * random.integers(3, 6)) % 1 < 0.4,
        2: np.maximum(abs(x - 0.5), abs(y - 0.5)) > random.uniform(0.35, 0.42),
    }
    pixels[marks[label]] += 110
    return np.clip(pixels, 0, 255).astype(np.uint8)


def encode(pixels: np.ndarray, form: str = "JPEG") -> bytes:
    """Encode pixels as a picture file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, quality=92)
    return buffer.getvalue()


def write_photographs(
    examples: Path,
    split: str,
    labels: Sequence[int],
    said: Sequence[int] = (),
    num_files: int = 2,
) -> list[bytes]:
    """Write a split as TFRecords, distributed over files; return the encoded pictures.

    Args:
        examples: Folder of the examples.
        split: Name of the split.
        labels: Index of the class that each picture shows.
        said: Index of the class in its label. Defaults to the same.
        num_files: Number of files. Defaults to 2.
    """
    salt = 1000 * len(split)
    drawn = [draw_photograph(label, salt + i) for i, label in enumerate(labels)]
    encoded = [encode(pixels) for pixels in drawn]
    folder = examples / f"Split-{split}"
    folder.mkdir(parents=True)
    for part in range(num_files):
        name = f"data_tfrecord-{part:05d}-of-{num_files:05d}"
        with tf.io.TFRecordWriter(str(folder / name)) as writer:
            for i in range(part, len(labels), num_files):
                label, item = CLASSES[(said or labels)[i]], f"{split}/{i:05d}"
                writer.write(serialize(drawn[i], encoded[i], label, item))
    return encoded


def serialize(pixels: np.ndarray, encoded: bytes, label: str, item_id: str) -> bytes:
    """Serialize a photograph as Ingest does, with all features."""
    feature = tf.train.Feature
    height, width = pixels.shape[:2]
    features = {
        "image": feature(bytes_list={"value": [encoded]}),
        "label": feature(bytes_list={"value": [label.encode()]}),
        "item_id": feature(bytes_list={"value": [item_id.encode()]}),
        "mean": feature(float_list={"value": [float(pixels.mean())]}),
        "std": feature(float_list={"value": [float(pixels.std())]}),
        "width": feature(int64_list={"value": [width]}),
        "height": feature(int64_list={"value": [height]}),
    }
    example = tf.train.Example(features={"feature": features})
    return bytes(example.SerializeToString())


def write_and_transform(folder: Path, sizes: dict[str, int]) -> Photographs:
    """Write splits of the given sizes, then run TFX's Transform on them."""
    examples = folder / "examples"
    for split, size in sizes.items():
        write_photographs(examples, split, [i % len(CLASSES) for i in range(size)])
    graph = run_transform(
        examples,
        folder / "graph",
        ["train", "validation"],
        dataset="cervix",
        config={"classes": CLASSES},
    )
    return Photographs(examples, graph)
