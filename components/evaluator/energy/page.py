# SPDX-License-Identifier: Apache-2.0
"""Part of the evaluation section on a restricted Boltzmann machine.

What all generators have follows after it, made by `components.evaluator.generation`.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from markupsafe import Markup

from components.contracts.step_data import StepData
from components.evaluator.generation import page as generation
from components.report import html
from components.report.fragments.image_sheet import image_sheet

_COLUMNS: Final = 10
_WIDTH: Final = 300
_WEIGHTS_WIDTH: Final = 560
_RIVALS: Final = "Densities of the same images"


def render_body(data: StepData) -> Markup:
    """Make the part of the section from what the evaluation returned.

    Args:
        data: Facts and arrays of the evaluation.
    """
    return html.join(
        *_likelihood(data),
        *_energies(data),
        *_reconstructions(data),
        *_chains(data),
        *_weights(data),
        generation.render_body(data),
    )


def _likelihood(data: StepData) -> Iterator[Markup]:
    facts = data.facts
    values, nats = facts["energy_values"], facts["nats"]
    rule = facts["rule"]
    yield html.subheading("Likelihood", "evaluation-likelihood")
    rows = [
        [_title(name), value]
        for name, value in sorted(nats.items(), key=lambda pair: abs(pair[1]))
    ]
    yield html.table([_RIVALS, "Nats per image"], rows)
    how = (
        "log Z is the sum over all states of the hidden units."
        if facts["is_exact"]
        else f"log Z is {values['test_log_partition_nats']:.2f}, with a standard error "
        f"of {values['test_ais_standard_error_nats']:.2f}, by annealed importance "
        "sampling from the base rates: on average this end flatters the model."
    )
    low, high = (values[f"test_nats_below_mixture_{end}"] for end in ("low", "high"))
    yield html.paragraph(
        f"{how} From the model's own draws back, the estimate differs by "
        f"{values['test_ais_gap_nats']:.2f} nats; the truth lies between the two. The "
        f"model is {values['test_nats_below_mixture']:.2f} nats better than the "
        f"largest mixture (95 % interval {low:.2f} to {high:.2f})."
    )
    yield html.paragraph(
        f"All figures are of pixels under the rule {rule!r}; figures under another "
        "rule cannot be compared with these. The pseudo-likelihood is no likelihood: "
        "it asks for each pixel given all the others."
    )


def _energies(data: StepData) -> Iterator[Markup]:
    values = data.facts["energy_values"]
    yield html.subheading("Free energy", "evaluation-energy")
    yield html.histograms(
        data.facts["energies"],
        data.facts["energy_edges"],
        "Free energy of images and noise",
        "nats",
    )
    gap = values["test_free_energy_gap"]
    side = "below" if gap < 0 else "above"
    yield html.paragraph(
        f"Test images lie {abs(gap):.2f} nats {side} training "
        f"images (overfitting would raise it), independent pixels "
        f"{values['test_noise_margin_nats']:.1f} nats above test images. "
        f"{values['test_active_hidden_share']:.1%} of the "
        f"{values['test_hidden_units']:.0f} hidden units are neither always off nor "
        "always on."
    )


def _reconstructions(data: StepData) -> Iterator[Markup]:
    sheets = [
        (image_sheet(data.arrays[name], _COLUMNS), caption)
        for name, caption in (
            ("visible", "test images, black and white"),
            ("given_back", "after one step there and back"),
        )
    ]
    yield html.subheading("Reconstructions", "evaluation-reconstructions")
    yield html.image_grid(sheets, size=_WIDTH, columns=2, alt="digits")


def _chains(data: StepData) -> Iterator[Markup]:
    times = data.facts["shown_steps"]
    # A group of images per time, in this order.
    groups = np.array_split(data.arrays["on_the_way"], len(times))
    sheets = [
        (image_sheet(images, _COLUMNS), f"after {steps} of the sampler's steps")
        for images, steps in zip(groups, times, strict=True)
    ]
    steps = data.facts["energy_values"]["test_chain_autocorrelation_steps"]
    yield html.subheading("Chains from the base rates", "evaluation-chains")
    yield html.image_grid(sheets, size=_WIDTH, columns=2, alt="samples")
    yield html.paragraph(
        f"The same chains after more and more steps. {steps:.0f} steps or more are "
        "worth one independent draw, by the autocorrelation of the free energy; what a "
        "chain shows may change more slowly."
    )


def _weights(data: StepData) -> Iterator[Markup]:
    weights = data.arrays["weights"]
    yield html.subheading("Weights", "evaluation-weights")
    yield html.picture(
        image_sheet(weights, _COLUMNS, gap=1), _WEIGHTS_WIDTH, "weights of hidden units"
    )
    yield html.paragraph(
        f"What each of the first {len(weights)} hidden units looks for: white pixels "
        "speak for it, black ones against it; each has a scale of its own."
    )


def _title(name: str) -> str:
    plain = name.removeprefix("test_").removeprefix("baseline_")
    return plain.replace("_{}_nats", "").replace("_", " ")
