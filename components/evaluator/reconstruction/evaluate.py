# SPDX-License-Identifier: Apache-2.0
"""Evaluation of autoencoders: is the image given back, better than by simpler means.

What is measured follows from what the model can be asked:

encode, decode    error of decode(encode(image)), and whether the code carries it
denoise_pixels    error after each noise, beside that of classical filters
"""

from typing import TYPE_CHECKING, Final

from components.contracts.signatures import (
    DECODE,
    DENOISE,
    DENOISE_PIXELS,
    ENCODE,
    RECONSTRUCT,
    SERVING_DEFAULT,
)
from components.core.errors import ProdlError
from components.evaluator.metrics import PROBES_FILE, UNIT, Metrics, on_split
from components.evaluator.probes import Probe, ask, probes_json
from components.evaluator.reconstruction import autoencoding_metrics as coding
from components.evaluator.reconstruction import denoising_metrics as restoration
from components.evaluator.reconstruction.autoencoding_metrics import (
    Coding,
    measure_coding,
)
from components.evaluator.reconstruction.denoising_metrics import (
    Restoration,
    measure_restoration,
)
from components.evaluator.reconstruction.references import (
    NOISE_SEED,
    Surroundings,
    survey,
)
from components.images.noise import GAUSSIAN_VARIANCE, SALT_PEPPER_SHARE

if TYPE_CHECKING:
    from components.evaluator.examples import ExampleSplit
    from components.serving.saved_model import ServedModel

_UNITS: Final = {**coding.UNITS, **restoration.UNITS}
# What a gate may name.
METRIC_NAMES: Final = tuple(_UNITS)
_CLASS: Final = "<class>"
_PROBED: Final = 2


def evaluate_model(model: "ServedModel", examples: "ExampleSplit") -> Metrics:
    """Judge an autoencoder by its signatures.

    Args:
        model: The exported model.
        examples: The test split. The training split is read from beside it.

    Raises:
        ProdlError: If the model can neither be asked for a code nor to free of noise.
    """
    from components.evaluator.reconstruction.page import page_html

    around = survey(examples)
    coded = measure_coding(model, around) if model.has_signature(ENCODE) else None
    freed = (
        measure_restoration(model, around)
        if model.has_signature(DENOISE_PIXELS)
        else None
    )
    if coded is None and freed is None:
        raise ProdlError(
            f"{model.path}: an autoencoder is judged by {ENCODE!r} and {DECODE!r}, or "
            f"by {DENOISE_PIXELS!r}.\nIts signatures: {', '.join(model.signatures)}."
        )
    found = {**(coded.values if coded else {}), **(freed.values if freed else {})}
    split, classes = examples.split, examples.dataset.classes
    units = _known_units(classes)
    return Metrics(
        values={on_split(name, split): value for name, value in found.items()},
        protocol={
            **_protocol(model, examples, around, freed is not None),
            **{UNIT + on_split(name, split): units[name] for name in found},
        },
        html=page_html(around, coded, freed, classes),
        files={PROBES_FILE: probes_json(_probes(model, examples, coded, freed))},
    )


def _probes(
    model: "ServedModel",
    examples: "ExampleSplit",
    coded: Coding | None,
    freed: Restoration | None,
) -> list[Probe]:
    """Questions to each signature, for the check of the pushed model."""
    serialized = next(examples.batches(_PROBED)).serialized
    around = survey(examples)
    images = around.images[:_PROBED]
    asked = [ask(model, SERVING_DEFAULT, examples=serialized)]
    for signature in (ENCODE, RECONSTRUCT, DENOISE):
        if model.has_signature(signature):
            asked.append(ask(model, signature, images=images))
    if coded:
        asked.append(ask(model, DECODE, code=coded.codes[:_PROBED]))
    for noise in freed.restored if freed else ():
        pixels = around.noisy[noise][:_PROBED]
        asked.append(ask(model, DENOISE_PIXELS, pixels=pixels))
    return asked


def _protocol(
    model: "ServedModel",
    examples: "ExampleSplit",
    around: Surroundings,
    is_denoiser: bool,
) -> dict[str, str]:
    data = examples.dataset
    told = {
        "data": f"{data.name} {data.variant}",
        "data_sha256": data.content_sha256,
        "split": examples.split,
        "examples": str(len(around.images)),
        "model_sha256": model.sha256,
        "seed": str(model.provenance.get("seed", "not recorded")),
        "baselines": f"fitted to {len(around.train)} training images",
        "psnr": "of the squared error over all pixels of all images, white being 1",
    }
    if is_denoiser:
        told |= {
            "noise_gaussian": f"variance {GAUSSIAN_VARIANCE}, not clipped",
            "noise_salt_pepper": f"{SALT_PEPPER_SHARE:.0%} of the pixels, half each",
            "noise_seed": str(NOISE_SEED),
            "filters": "3 x 3 median, 5 x 5 local Wiener, linear map fitted to noisy "
            "training images",
        }
    return told


def _known_units(classes: tuple[str, ...]) -> dict[str, str]:
    return {
        name.replace(_CLASS, label): unit
        for name, unit in _UNITS.items()
        for label in (classes if _CLASS in name else ("",))
    }
