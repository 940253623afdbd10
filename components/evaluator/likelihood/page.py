# SPDX-License-Identifier: Apache-2.0
"""Part of the evaluation section on a variational autoencoder.

What all generators have follows after it, made by `components.evaluator.generation`.
"""

import math
from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from components.contracts.step_data import StepData
from components.evaluator.generation import page as generation
from components.evaluator.linear_probe_page import render_probe
from components.report import html
from components.report.fragments.image_sheet import image_sheet

_COLUMNS: Final = 10
_SHEET_WIDTH: Final = 300
_WIDTH: Final = 640
_ERRORS: Final = {
    "baseline_mean_image_mse": "mean training image",
    "baseline_pca_latent_size_mse": "principal components",
    "test_mse": "this model",
    "test_mse_over_pca": "over that of principal components",
}
_IMAGE_SETS: Final = {
    "originals": "originals",
    "binarised": "binarised input",
    "reconstructions": "reconstructions",
}


def render_body(data: StepData) -> Markup:
    """Make the part of the section from what the evaluation returned.

    Args:
        data: Facts and arrays of the evaluation.
    """
    return html.join(
        *_likelihood(data),
        *_reconstructions(data),
        *_latent_units(data),
        *render_probe(data.facts["linear_probe"]),
        *(_latent_plane(data) if data.facts["points"] else ()),
        generation.render_body(data),
    )


def _likelihood(data: StepData) -> Iterator[Markup]:
    values, density = data.facts["likelihood"], data.facts["density"]
    errors = {name: value for name, value in values.items() if name in _ERRORS}
    yield html.subheading("Likelihood bounds", "evaluation-bound")
    rows = [
        [name.removeprefix("test_").replace("_", " "), value]
        for name, value in values.items()
        if name not in errors
    ]
    yield html.table(["", "Value"], rows)
    if not errors:
        yield html.paragraph(
            f"Nats per image, of pixels under the rule {data.facts['rule']!r}; figures "
            "under another rule cannot be compared with these."
        )
        return
    yield html.paragraph(
        f"Nats per image, of grey pixels with the density {density['likelihood']!r} "
        f"and a weight of {density['weight']:g}; a density may be above 1, its nats "
        "below 0. Figures under another density or weight cannot be compared."
    )
    yield html.subheading("Squared error", "evaluation-error")
    shown = [[label, errors[name]] for name, label in _ERRORS.items()]
    yield html.table(["", "Value"], shown)
    yield html.paragraph(
        "Per pixel, of images decoded from the posterior means; there are as many "
        "principal components as latent variables."
    )


def _reconstructions(data: StepData) -> Iterator[Markup]:
    # Grey pixels go in as they are.
    is_grey = data.facts["rule"] == "grey"
    sheets = [
        (image_sheet(data.arrays[name], _COLUMNS), caption)
        for name, caption in _IMAGE_SETS.items()
        if not (is_grey and name == "binarised")
    ]
    yield html.subheading("Reconstructions", "evaluation-reconstructions")
    yield html.image_grid(sheets, size=_SHEET_WIDTH, columns=3, alt="digits")
    yield html.paragraph(
        "Each image is decoded from the posterior mean of its code; the grey level is "
        f"{_grey_level(data)}."
    )


def _grey_level(data: StepData) -> str:
    is_bernoulli = data.facts["density"]["likelihood"] == "bernoulli"
    return "the probability of white" if is_bernoulli else "the mean of its density"


def _latent_units(data: StepData) -> Iterator[Markup]:
    yield html.subheading("Latent units", "evaluation-code-numbers")
    yield html.bar_chart(
        [str(unit) for unit in data.facts["units"]],
        {"divergence": data.facts["unit_nats"]},
        "KL divergence of each latent unit, nats per image",
    )
    values = data.facts["traversed_values"]
    sheet = image_sheet(data.arrays["traversals"], len(values))
    yield html.picture(sheet, _WIDTH, "one latent unit varied at a time")
    yield html.paragraph(
        f"Each row varies one latent unit from {values[0]:g} to {values[-1]:g}, the "
        "others being 0; the units of the largest divergence come first."
    )


def _latent_plane(data: StepData) -> Iterator[Markup]:
    labels, classes = data.facts["point_labels"], data.facts["all_classes"]
    yield html.subheading("Map of the latent space", "evaluation-map")
    yield html.labelled_points(
        data.facts["points"],
        labels,
        "Posterior means of images, by class",
        [classes.index(label) for label in labels],
    )
    images = data.arrays["plane"]
    sheet = image_sheet(images, math.isqrt(len(images)))
    yield html.picture(sheet, _WIDTH // 2, "images decoded on a grid of the map")
    axes = (
        "The two latent variables, turned so that the posterior means vary most along "
        "the first axis"
        if len(data.facts["units"]) == 2
        else "The first two principal components of the posterior means"
    )
    yield html.paragraph(
        f"{axes}, and images decoded on a grid of that plane, in the same orientation."
    )
