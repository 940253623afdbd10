# SPDX-License-Identifier: Apache-2.0
"""Denoise or reconstruct picture files with a published model."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.signatures import (
    DENOISE,
    FREE_ENERGY,
    IMAGES,
    RECONSTRUCT,
)
from components.core.errors import UsageError
from components.serving.answer import Answer
from components.serving.picture_files import (
    Convert,
    Picture,
    converter,
    list_files,
    read_picture,
)
from components.serving.pictures import fit_picture, turn_upright
from components.serving.saved_model import SavedModel

SIGNATURES: Final = (DENOISE, RECONSTRUCT)


@dataclass(frozen=True)
class Options:
    """Options of models that give a picture for a picture."""

    output: Path = Path("predictions")
    """Folder to write to; made if needed."""


def predict(
    model: SavedModel, inputs: Sequence[str], options: Options
) -> Iterator[Answer]:
    """Write a PNG of the same name for each picture; all of them, or none.

    Where the model has an energy, the answer tells it: the lower, the more probable.

    Args:
        model: A model with the signature `denoise` or `reconstruct`.
        inputs: Picture files and folders of them, in any format that Pillow reads. A
            denoiser takes pictures of its own size only.
        options: The folder to write to.

    Raises:
        UsageError: If a file is no picture, or not of a denoiser's size, or two files
            would get the same name.
    """
    signature = next(name for name in SIGNATURES if model.has_signature(name))
    facts = model.dataset
    convert = _exact(facts) if signature == DENOISE else converter(facts)
    paths = list(list_files(inputs))
    targets = [options.output / f"{path.stem}.png" for path in paths]
    _check_targets(paths, targets)
    pictures = np.stack([_read(path, convert) for path in paths])
    results = model.predict_batches(signature, IMAGES, images=pictures)
    remarks = [""] * len(paths)
    if model.has_signature(FREE_ENERGY):
        energies = model.predict_batches(FREE_ENERGY, FREE_ENERGY, images=pictures)
        remarks = [f"  free energy {energy:.1f} nats" for energy in energies]
    options.output.mkdir(parents=True, exist_ok=True)
    for target, picture, remark in zip(targets, results, remarks, strict=True):
        pixels = picture[..., 0] if picture.shape[-1] == 1 else picture
        Image.fromarray(pixels).save(target, format="PNG")
        yield Answer(f"{target}{remark}")


def _exact(facts: DatasetFacts) -> Convert:
    """The pixels of a picture that has the size of the model's images."""
    height, width = facts.image_shape[:2]

    def convert(image: Image.Image) -> Picture:
        turn_upright(image)
        if image.size != (width, height):
            raise ValueError(
                f"expected a picture of {width} x {height} pixels, received "
                f"{image.width} x {image.height}; crop it, as resizing would change "
                "the noise"
            )
        return fit_picture(image, facts.image_shape)

    return convert


def _check_targets(paths: Sequence[Path], targets: Sequence[Path]) -> None:
    sources = {path.resolve() for path in paths}
    for target, count in Counter(targets).items():
        if count > 1:
            raise UsageError(
                f"two of the pictures would be written to {target}.\n"
                "Rename one of them, or give them one after the other."
            )
        if target.resolve() in sources:
            raise UsageError(
                f"{target} would be overwritten by its own result.\n"
                "Name another folder with -o."
            )


def _read(path: Path, convert: Convert) -> Picture:
    file = read_picture(path, convert)
    if file.fault:
        raise UsageError(f"{path}: {file.fault}")
    return file.picture
