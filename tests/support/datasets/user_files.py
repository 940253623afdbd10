# SPDX-License-Identifier: Apache-2.0
"""Files as a user has them, drawn with a fixed seed: a table of birds, pictures."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

SPECIES: Final = ("Adelie", "Gentoo", "Chinstrap")

Row = dict[str, Any]


def draw_birds(count: int = 240, seed: int = 1) -> list[Row]:
    """Draw rows of birds: species, two numbers, two categories, a date, missing values.

    Args:
        count: Number of rows.
        seed: Another seed draws other birds.
    """
    generator = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        kind = number % len(SPECIES)
        is_known = generator.random() > 0.05
        mass = round(float(generator.normal(3500 + 700 * kind, 400)))
        rows.append(
            {
                "species": SPECIES[kind],
                "bill length (mm)": f"{generator.normal(38 + 4 * kind, 3):.2f}",
                "mass_g": mass if is_known else "NA",
                "island": ("Biscoe", "Dream", "Torgersen")[generator.integers(3)],
                "sex": ("female", "male", "")[
                    generator.choice(3, p=(0.49, 0.49, 0.02))
                ],
                "seen": f"20{generator.integers(10, 20)}-03-15",
            }
        )
    return rows


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write rows as a CSV file and return its path."""
    listed = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(listed[0]))
        writer.writeheader()
        writer.writerows(listed)
    return path


def draw_pictures(folder: Path, per_class: int = 20, side: int = 12) -> Path:
    """Write PNG files of noise, `bright/3.png` and `dark/3.png`; return the folder."""
    generator = np.random.default_rng(1)
    for name, level in (("bright", 170), ("dark", 60)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            noise = generator.integers(0, 80, (side, side, 3))
            picture = Image.fromarray((level + noise).astype(np.uint8))
            picture.save(folder / name / f"{number}.png")
    return folder
