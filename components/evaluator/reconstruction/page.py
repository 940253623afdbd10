# SPDX-License-Identifier: Apache-2.0
"""Part of the evaluation section on an autoencoder: images, and baselines."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from components.contracts.step_data import StepData
from components.evaluator.linear_probe_page import render_probe
from components.evaluator.reconstruction.metric_names import FILTERS
from components.report import html
from components.report.fragments.image_sheet import image_sheet

_COLUMNS: Final = 10
_WIDTH: Final = 640
_SHEET_WIDTH: Final = 300
_BINS: Final = 20
_LARGEST_BIN: Final = 0.2
_NOISES: Final = {
    "gaussian": "Gaussian noise",
    "salt_pepper": "salt and pepper",
    "blur": "blur",
}
_BASELINES: Final = {
    "mean training image": "baseline_mean_image_mse",
    "principal components, as many as numbers per code": "baseline_pca_code_size_mse",
    "principal components, as many as units on": "baseline_pca_units_on_mse",
    "this model": "test_mse",
}


def render_body(data: StepData) -> Markup:
    """Make the part of the section from what the evaluation returned.

    Args:
        data: Facts and arrays of the evaluation.
    """
    return html.join(
        *(_autoencoding(data) if data.facts["autoencoding"] else ()),
        *(_denoising(data) if data.facts["denoising"] else ()),
    )


def _autoencoding(data: StepData) -> Iterator[Markup]:
    values, classes = data.facts["autoencoding"], data.facts["classes"]
    yield html.subheading("Reconstruction from the code", "evaluation-code")
    yield from _reconstructions(data)
    rows = [[name, values[key]] for name, key in _BASELINES.items() if key in values]
    yield html.table(["", "Mean squared error"], rows)
    if data.facts["pixels_per_image"] <= values["test_code_size"]:
        yield html.paragraph(
            "With as many components as pixels PCA is lossless and compresses nothing."
        )
    yield html.bar_chart(
        classes,
        {"error": [values.get(f"test_mse_{name}") or 0.0 for name in classes]},
        "Mean squared error by class",
    )
    yield from render_probe(data.facts["linear_probe"])
    if "test_mean_activation" in values:
        yield from _activations(data)


def _reconstructions(data: StepData) -> Iterator[Markup]:
    names = ("originals", "reconstructed", "shuffled")
    images = np.concatenate([data.arrays[name] for name in names])
    ratio = data.facts["autoencoding"]["test_shuffled_code_mse_ratio"]
    yield html.picture(
        image_sheet(images, len(data.arrays["originals"])),
        _WIDTH,
        "originals, reconstructions, and images from permuted codes",
    )
    yield html.paragraph(
        "Originals; below them decode(encode(image)); below that images decoded after "
        "permuting the codes. The last row must differ: otherwise the decoder does not "
        f"use the code. Its error is {ratio:.1f} times that of the second row."
    )


def _activations(data: StepData) -> Iterator[Markup]:
    values = data.facts["autoencoding"]
    means = data.arrays["mean_activations"].clip(max=_LARGEST_BIN)
    counts, edges = np.histogram(means, _BINS, (0.0, _LARGEST_BIN))
    labels = [f"{edge:.2f}" for edge in edges[:-1]]
    labels[-1] += " or more"
    yield html.subheading("Sparsity of the code", "evaluation-activity")
    yield html.bar_chart(labels, {"units": counts.tolist()}, "Mean activation", "units")
    yield html.facts_list(
        {
            "Units": values["test_code_size"],
            "Mean activation": values["test_mean_activation"],
            "Units in the band": values["test_units_in_band_share"],
            "Active units": values["test_active_units"],
            "Units on per image": values["test_units_on_per_image"],
        }
    )


def _denoising(data: StepData) -> Iterator[Markup]:
    values, classes = data.facts["denoising"], data.facts["classes"]
    yield html.subheading("Denoising", "evaluation-noise")
    yield _comparison(values)
    for noise in data.facts["noises"]:
        yield html.subheading(f"After {_NOISES[noise]}", f"evaluation-{noise}")
        yield _sheets(noise, data)
        by_class = [values.get(f"test_psnr_{noise}_db_{name}") for name in classes]
        yield html.bar_chart(
            classes, {"PSNR": [v or 0.0 for v in by_class]}, "PSNR by class", "dB"
        )


def _comparison(values: Mapping[str, Any]) -> Markup:
    rows = {
        "noisy images": "baseline_noisy_{}_db",
        "mean training image": "baseline_mean_image_{}_db",
        **{name.replace("_", " "): f"baseline_{name}_{{}}_db" for name in FILTERS},
        "this model": "test_psnr_{}_db",
        "over the best filter": "test_gain_{}_db",
    }
    return html.table(
        ["PSNR, dB", *(name.capitalize() for name in _NOISES.values())],
        [
            [name, *(values[key.format(noise)] for noise in _NOISES)]
            for name, key in rows.items()
        ],
    )


def _sheets(noise: str, data: StepData) -> Markup:
    sets = {
        "noisy": f"noisy_{noise}",
        "denoised": f"denoised_{noise}",
        "clean": "clean",
    }
    sheets = [
        (image_sheet(data.arrays[name], _COLUMNS), caption)
        for caption, name in sets.items()
    ]
    return html.image_grid(sheets, size=_SHEET_WIDTH, columns=3, alt="digits")
