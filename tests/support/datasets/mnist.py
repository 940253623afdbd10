# SPDX-License-Identifier: Apache-2.0
"""Small MNIST-like data sets for tests: real IDX files that a model can learn.

    folder = write_mnist(tmp_path / "raw")
    write_source_list(tmp_path / "data" / "mnist" / "source.yaml", folder)

Plant a fault by writing one of the four files again with `write_idx`, before
`write_source_list` if the checksums are to match.
"""

import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from PIL import Image, ImageDraw, ImageFont

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)
SIDE = 28
VARIANT = "official"


def write_mnist(folder: Path, train: int = 300, test: int = 60, seed: int = 0) -> Path:
    """Write the four IDX files of a small data set and return their folder.

    All images differ, and the classes are as equal in size as the counts allow.

    Args:
        folder: Where to write; made if needed.
        train: Number of training images. Defaults to 300.
        test: Number of test images. Defaults to 60.
        seed: Seed of everything random. Defaults to 0.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    labels = [random.permutation(np.arange(count) % 10) for count in (train, test)]
    write_idx(folder / TRAIN_IMAGES, draw_digits(labels[0], seed=2 * seed + 1))
    write_idx(folder / TRAIN_LABELS, labels[0])
    write_idx(folder / TEST_IMAGES, draw_digits(labels[1], seed=2 * seed + 2))
    write_idx(folder / TEST_LABELS, labels[1])
    return folder


def write_source_list(path: Path, folder: Path, variant: str = "official") -> Path:
    """Write a source list of `mnist` with the checksums of the files in `folder`.

    Args:
        path: The YAML file, `<root>/data/mnist/source.yaml` for most uses.
        folder: Folder that `write_mnist` filled.
        variant: Name of the variant. Defaults to `official`.
    """
    files = [describe_file(folder / name) for name in FILES]
    record = {
        "dataset": "mnist",
        "title": "Drawn digits for tests",
        "licence": "CC0-1.0",
        "redistributable": True,
        "citation": "None: drawn by the tests.",
        "homepage": "",
        "by_hand": "Draw them again with tests/support/datasets/mnist.py.",
        "classes": [str(digit) for digit in range(10)],
        "image_shape": [SIDE, SIDE, 1],
        "modality": "image",
        "variants": {variant: {"files": files, "sources": []}},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(record, sort_keys=False), encoding="utf-8")
    return path


def describe_file(path: Path) -> dict[str, str | int]:
    """Give a file's entry in a source list."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return {"name": path.name, "size": len(content), "sha256": digest}


def write_idx(path: Path, array: np.ndarray) -> None:
    """Write an array as an IDX file of unsigned bytes."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


def read_idx(path: Path) -> np.ndarray:
    """Read an IDX file of unsigned bytes as an array that may be changed."""
    content = path.read_bytes()
    num_dimensions = content[3]
    shape = struct.unpack_from(f">{num_dimensions}I", content, 4)
    pixels = np.frombuffer(content, np.uint8, offset=4 + 4 * num_dimensions)
    return pixels.reshape(shape).copy()


def draw_digits(labels: Sequence[int] | np.ndarray, seed: int = 0) -> np.ndarray:
    """Draw each label as a digit, shifted, of varying size and brightness, with noise.

    Args:
        labels: Digits 0-9.
        seed: Seed of everything random. Defaults to 0.

    Returns:
        uint8 pixels (num_labels, 28, 28), bright on black as in MNIST.
    """
    random = np.random.default_rng(seed)
    fonts = [ImageFont.load_default(size) for size in (20, 22, 24)]
    return np.stack([_draw_digit(int(label), fonts, random) for label in labels])


def _draw_digit(
    label: int, fonts: list[ImageFont.FreeTypeFont], random: np.random.Generator
) -> np.ndarray:
    image = Image.new("L", (SIDE, SIDE))
    centre = tuple(SIDE / 2 + random.integers(-2, 3, size=2))
    font = fonts[random.integers(len(fonts))]
    ImageDraw.Draw(image).text(centre, str(label), 255, font, anchor="mm")
    ink = np.asarray(image, np.float32) * random.uniform(0.7, 1.0)
    noise = random.normal(0.0, 20.0, ink.shape)
    return np.clip(ink + noise, 0, 255).astype(np.uint8)
