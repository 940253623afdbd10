# SPDX-License-Identifier: Apache-2.0
"""What a report shows of a generator: samples, neighbours, classes, all figures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from components.evaluator.generation.feature_metrics import UNITS
from components.report import html
from components.report.fragments.image_sheet import image_sheet

if TYPE_CHECKING:
    from components.evaluator.examples import ExampleSplit
    from components.evaluator.generation.feature_metrics import Reading
    from components.evaluator.generation.memorization import Memory, Neighbours
    from components.evaluator.generation.references import Surroundings

_SHOWN: Final = 100
_COLUMNS: Final = 20
_PAIRS: Final = 24
_WIDTH: Final = 640


def page_html(
    samples: "Reading",
    around: "Surroundings",
    made: "Neighbours",
    memory: "Memory",
    values: Mapping[str, float],
    examples: "ExampleSplit",
) -> Any:
    """The generator's part of the section.

    Args:
        samples: What it made.
        around: What that is measured against.
        made: Nearest training images of the first samples.
        memory: How much it repeats.
        values: All metrics by name.
        examples: The split.
    """
    return html.join(
        html.subheading("Samples", "evaluation-samples"),
        _samples(samples),
        html.subheading("Between real and noise", "evaluation-bounds"),
        _bounds(values, f"{examples.split}_"),
        html.subheading("All classes?", "evaluation-classes"),
        _classes(samples, around, examples.dataset.classes),
        html.subheading("Copies?", "evaluation-copies"),
        *_neighbours(samples, around, made, memory),
    )


def _samples(samples: "Reading") -> Any:
    sheet = image_sheet(samples.images[:_SHOWN], _COLUMNS)
    shown = min(_SHOWN, len(samples.images))
    return html.join(
        html.picture(sheet, _WIDTH, f"{shown} samples"),
        html.paragraph(f"The first {shown} samples, not chosen."),
    )


def _bounds(values: Mapping[str, float], prefix: str) -> Any:
    rows = [
        [
            name.replace("_", " "),
            *(values[start + name] for start in (prefix, "floor_", "ceiling_")),
            unit,
        ]
        for name, unit in UNITS.items()
    ]
    headers = ["", "Samples", "Real training images", "Uniform noise", "Unit"]
    return html.table(headers, rows, numeric=range(1, 4))


def _classes(
    samples: "Reading", around: "Surroundings", classes: tuple[str, ...]
) -> Any:
    series = {
        "samples": samples.class_shares.tolist(),
        "test split": around.real.class_shares.tolist(),
    }
    return html.bar_chart(
        classes, series, "Classes as the classifier reads them", "share of images"
    )


def _neighbours(
    samples: "Reading", around: "Surroundings", made: "Neighbours", memory: "Memory"
) -> Any:
    import numpy as np

    yield html.paragraph(
        f"{memory.share:.1%} of the samples are nearer to a training image than 99 % "
        "of the test images are; a generator that makes its own has about 1 %. The "
        f"median distance is {memory.distance_ratio:.2f} times that of test images. "
        "Below, samples from the nearest on, and under each its nearest training image."
    )
    order = np.argsort(made.distances, kind="stable")
    chosen = order[np.linspace(0, len(order) - 1, min(_PAIRS, len(order)), dtype=int)]
    pairs = np.concatenate([samples.images[chosen], around.train[made.indices[chosen]]])
    sheet = image_sheet(pairs, columns=len(chosen))
    yield html.picture(sheet, _WIDTH, "samples above their nearest training images")
