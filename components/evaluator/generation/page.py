# SPDX-License-Identifier: Apache-2.0
"""Part of the evaluation section on generated images."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from components.contracts.step_data import StepData
from components.evaluator.generation.metric_names import NOISE, REAL, SET_UNITS
from components.report import html
from components.report.fragments.image_sheet import image_sheet

_COLUMNS: Final = 20
_WIDTH: Final = 640


def render_body(data: StepData) -> Markup:
    """Make the part of the section from what `measure_generation` returned.

    Args:
        data: Facts and arrays of the evaluation.
    """
    return html.join(
        html.subheading("Samples", "evaluation-samples"),
        *_samples(data),
        html.subheading("Between real images and noise", "evaluation-bounds"),
        _metrics_table(data.facts["values"], f"{data.facts['split']}_"),
        html.subheading("Classes", "evaluation-classes"),
        _class_chart(data.facts),
        html.subheading("Memorisation", "evaluation-copies"),
        *_nearest_images(data),
    )


def _samples(data: StepData) -> Iterator[Markup]:
    samples = data.arrays["samples"]
    yield html.picture(
        image_sheet(samples, _COLUMNS), _WIDTH, f"{len(samples)} samples"
    )
    yield html.paragraph(f"The first {len(samples)} samples, not selected.")


def _metrics_table(values: Mapping[str, float], prefix: str) -> Markup:
    rows = [
        [
            name.replace("_", " "),
            *(values[start + name] for start in (prefix, REAL, NOISE)),
            unit,
        ]
        for name, unit in SET_UNITS.items()
    ]
    headers = ["", "Samples", "Real training images", "Uniform noise", "Unit"]
    return html.table(headers, rows, numeric=range(1, 4))


def _class_chart(facts: Mapping[str, Any]) -> Markup:
    series = {
        "samples": facts["class_shares_of_samples"],
        "test split": facts["class_shares_of_test"],
    }
    title = "Predicted classes"
    return html.bar_chart(facts["classes"], series, title, "share of images")


def _nearest_images(data: StepData) -> Iterator[Markup]:
    values, prefix = data.facts["values"], f"{data.facts['split']}_"
    share = values[f"{prefix}memorised_share"]
    ratio = values[f"{prefix}nearest_train_ratio"]
    yield html.paragraph(
        f"{share:.1%} of the samples are nearer to a training image than 99 % of the "
        "test images are; without memorisation it is about 1 %. The median distance is "
        f"{ratio:.2f} times that of test images. Below, samples from the nearest to "
        "the farthest, each above its nearest training image."
    )
    samples = data.arrays["nearest_samples"]
    pairs = np.concatenate([samples, data.arrays["nearest_train_images"]])
    sheet = image_sheet(pairs, columns=len(samples))
    yield html.picture(sheet, _WIDTH, "samples above their nearest training images")
