# SPDX-License-Identifier: Apache-2.0
"""Settings of the image input: size, data augmentation, memory."""

from dataclasses import dataclass
from typing import Literal

from components.core.checks import expect


@dataclass(frozen=True)
class ImageSize:
    """Size of a model's images and how photographs are resized to it."""

    size: int = 0
    """Side of the square input in pixels; 0 if all images of the data set have one
    size."""

    fit: Literal["stretch", "pad", "crop"] = "stretch"
    """`stretch` changes the aspect ratio, `pad` adds black bars, `crop` cuts the centre
    square out."""

    def __post_init__(self) -> None:
        expect(self.size >= 0, "size", "pixels, 0 or more", self.size)


@dataclass(frozen=True)
class ImageInput(ImageSize):
    """Size of a model's images and the memory that a split may take."""

    memory_mb: int = 600
    """Largest split that is kept in memory, in megabytes of pixels; a larger one is
    mapped from a file."""

    def __post_init__(self) -> None:
        super().__post_init__()
        expect(self.memory_mb >= 0, "memory_mb", "0 or more", self.memory_mb)


@dataclass(frozen=True)
class Augmentation:
    """Ranges of random data augmentation; all zero for none."""

    shift: float = 0.0
    """Largest shift along each axis, in pixels."""

    rotation: float = 0.0
    """Largest rotation in either direction, in degrees."""

    zoom: float = 0.0
    """Each axis is scaled by its own factor between 1 - zoom and 1 + zoom."""

    shear: float = 0.0
    """Largest shear: horizontal shift per pixel of height."""

    flip: bool = False
    """Mirror half of the images, left to right."""

    crop: float = 0.0
    """Largest share of each side that a random crop removes."""

    brightness: float = 0.0
    """Pixels are multiplied by a factor between 1 - brightness and 1 + brightness."""

    border: Literal["black", "reflect"] = "black"
    """Fill of pixels from outside of the image."""

    def __post_init__(self) -> None:
        expect(self.shift >= 0, "shift", "pixels, 0 or more", self.shift)
        expect(0 <= self.rotation <= 180, "rotation", "0 to 180 degrees", self.rotation)
        expect(0 <= self.zoom < 1, "zoom", "a number from 0 to below 1", self.zoom)
        expect(self.shear >= 0, "shear", "a number, 0 or more", self.shear)
        expect(0 <= self.crop < 1, "crop", "a share from 0 to below 1", self.crop)
        wanted = "a number from 0 to below 1"
        expect(0 <= self.brightness < 1, "brightness", wanted, self.brightness)

    @property
    def is_off(self) -> bool:
        """Whether images stay unchanged."""
        return not (self.is_affine or self.brightness)

    @property
    def is_affine(self) -> bool:
        """Whether pixels move: any augmentation but that of the brightness."""
        affine = (self.shift, self.rotation, self.zoom, self.shear)
        return any((*affine, self.flip, self.crop))
