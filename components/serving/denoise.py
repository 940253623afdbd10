# SPDX-License-Identifier: Apache-2.0
"""Denoise picture files with a published model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from components.contracts.signatures import DENOISE, IMAGES
from components.core.errors import UsageError
from components.serving.pictures import to_grey
from components.serving.saved_model import SavedModel


def denoise_files(model: SavedModel, paths: Sequence[Path], folder: Path) -> list[Path]:
    """Write a denoised PNG of the same name for each picture; all of them, or none.

    Args:
        model: A model with the signature `denoise`.
        paths: Pictures of the size of the model's input, in any format that Pillow
            reads; colours become grey.
        folder: Where to write; made if needed.

    Returns:
        The files written.

    Raises:
        UsageError: If the model is no denoiser, a file is no picture of that size, or
            two files would get the same name.
    """
    if not model.has_signature(DENOISE):
        raise UsageError(
            f"{model.path}: the model is no denoiser: it has no signature "
            f"{DENOISE!r}.\nName a denoiser, as in: prodl denoise mnist-denoising-ae"
        )
    shape = tuple(model.provenance.get("dataset", {}).get("image_shape", ()))
    targets = [folder / f"{path.stem}.png" for path in paths]
    _check_targets(paths, targets)
    noisy = np.stack([_read(path, shape) for path in paths])
    denoised = model.predict_batches(DENOISE, IMAGES, images=noisy)
    folder.mkdir(parents=True, exist_ok=True)
    for target, picture in zip(targets, denoised, strict=True):
        Image.fromarray(picture[..., 0]).save(target, format="PNG")
    return targets


def _check_targets(paths: Sequence[Path], targets: Sequence[Path]) -> None:
    sources = {path.resolve() for path in paths}
    for target in targets:
        if targets.count(target) > 1:
            raise UsageError(
                f"two of the pictures would be written to {target}.\n"
                "Rename one of them, or denoise them one after the other."
            )
        if target.resolve() in sources:
            raise UsageError(
                f"{target} would be overwritten by its own result.\n"
                "Name another folder with -o."
            )


def _read(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            size = (image.height, image.width, 1)
            if size != shape:
                raise UsageError(
                    f"{path}: expected a picture of {shape[1]} x {shape[0]} pixels.\n"
                    f"Received {size[1]} x {size[0]}. Resizing would change the noise: "
                    "crop the picture instead."
                )
            return to_grey(image).astype(np.uint8)[..., np.newaxis]
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file.") from None
    except (UnidentifiedImageError, OSError) as error:
        raise UsageError(f"{path}: not a readable picture: {error}.") from None
