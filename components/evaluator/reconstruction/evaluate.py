# SPDX-License-Identifier: Apache-2.0
"""Evaluation of autoencoders: reconstruction error beside that of simpler methods.

What is measured follows from the signatures of the model:

encode, decode    error of decode(encode(image)), the decoder's use of the code, and the
                  classes that a linear probe tells by the code
denoise_pixels    error after each noise, beside that of classical filters
"""

from typing import Any, Final

from numpy.typing import NDArray

from components.contracts.signatures import (
    CODE,
    DECODE,
    DENOISE,
    DENOISE_PIXELS,
    ENCODE,
    RECONSTRUCT,
    SERVING_DEFAULT,
)
from components.core.errors import ProdlError
from components.evaluator.examples import ExampleSplit
from components.evaluator.images import to_images, to_pixels
from components.evaluator.linear_probe import (
    Features,
    Probe,
    measure_probes,
    no_probe,
    read_training_images,
)
from components.evaluator.metrics import (
    SIGNATURE_EXAMPLES_FILE,
    UNIT,
    Metrics,
    on_split,
)
from components.evaluator.reconstruction.autoencoding_metrics import (
    Autoencoding,
    measure_autoencoding,
)
from components.evaluator.reconstruction.denoising_metrics import (
    Denoising,
    measure_denoising,
)
from components.evaluator.reconstruction.metric_names import (
    CLASS_MARK,
    UNITS,
)
from components.evaluator.reconstruction.references import (
    NOISE_SEED,
    ReferenceSets,
    load_references,
)
from components.evaluator.signature_examples import (
    SignatureExample,
    record_call,
    signature_examples_json,
)
from components.images.noise import BLUR, GAUSSIAN_VARIANCE, SALT_PEPPER_SHARE
from components.serving.saved_model import SavedModel

RENDERER: Final = "components.evaluator.reconstruction.page"

_NUM_RECORDED: Final = 2
_ORIGINALS_SHOWN: Final = 20
_NOISY_SHOWN: Final = 50


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Evaluate an autoencoder through its signatures.

    Args:
        model: The exported model.
        examples: The test split. The training split is read from beside it.

    Returns:
        Metrics with signature_examples.json.

    Raises:
        ProdlError: If the model can neither encode and decode nor denoise.
    """
    reference = load_references(examples)
    has_code, can_denoise = map(model.has_signature, (ENCODE, DENOISE_PIXELS))
    if not has_code and not can_denoise:
        raise ProdlError(
            f"{model.path}: an autoencoder is judged by {ENCODE!r} and {DECODE!r}, or "
            f"by {DENOISE_PIXELS!r}.\nIts signatures: {', '.join(model.signatures)}."
        )
    autoencoding = measure_autoencoding(model, reference) if has_code else None
    denoising = measure_denoising(model, reference) if can_denoise else None
    probe = _probe(model, examples, reference, autoencoding)
    measured = {
        **(autoencoding.values if autoencoding else {}),
        **probe.values,
        **(denoising.values if denoising else {}),
    }
    split, classes = examples.split, examples.dataset.classes
    units = _units_by_class(classes)
    return Metrics(
        values={on_split(name, split): value for name, value in measured.items()},
        protocol={
            **_protocol(model, examples, reference, can_denoise),
            **probe.protocol,
            **{UNIT + on_split(name, split): units[name] for name in measured},
        },
        renderer=RENDERER,
        facts={
            "classes": list(classes),
            "linear_probe": probe.facts,
            **_facts(reference, autoencoding, denoising),
        },
        arrays=_arrays(reference, autoencoding, denoising),
        files={
            SIGNATURE_EXAMPLES_FILE: signature_examples_json(
                _signature_examples(model, examples, autoencoding, denoising)
            )
        },
    )


def _probe(
    model: SavedModel,
    examples: ExampleSplit,
    reference: ReferenceSets,
    autoencoding: Autoencoding | None,
) -> Probe:
    """Probe the code, if there is one."""
    if autoencoding is None:
        return Probe({}, {}, {})
    train = read_training_images(examples)
    if train is None:
        return no_probe(examples.split)
    codes = model.predict_batches(ENCODE, CODE, images=train.images)
    return measure_probes(
        labels=Features(train.labels, reference.labels),
        codes=Features(codes, autoencoding.codes),
        pixels=Features(to_pixels(train.images), reference.pixels),
        pca=reference.pca,
    )


def _facts(
    reference: ReferenceSets,
    autoencoding: Autoencoding | None,
    denoising: Denoising | None,
) -> dict[str, Any]:
    """Values for the page; None stands for what the model cannot do."""
    return {
        "autoencoding": autoencoding.values if autoencoding else None,
        "denoising": denoising.values if denoising else None,
        "noises": list(denoising.denoised) if denoising else [],
        "pixels_per_image": reference.images[0].size,
    }


def _arrays(
    reference: ReferenceSets,
    autoencoding: Autoencoding | None,
    denoising: Denoising | None,
) -> dict[str, NDArray[Any]]:
    """Images for the page, and the mean activation of each unit."""
    arrays: dict[str, NDArray[Any]] = {}
    if autoencoding:
        pixels = {
            "originals": reference.pixels,
            "reconstructed": autoencoding.reconstructed,
            "shuffled": autoencoding.shuffled,
        }
        arrays |= {k: to_images(v[:_ORIGINALS_SHOWN]) for k, v in pixels.items()}
        arrays["mean_activations"] = autoencoding.codes.mean(axis=0)
    if denoising:
        arrays["clean"] = to_images(reference.pixels[:_NOISY_SHOWN])
        for noise, denoised in denoising.denoised.items():
            noisy = reference.noisy[noise]
            arrays[f"noisy_{noise}"] = to_images(noisy[:_NOISY_SHOWN])
            arrays[f"denoised_{noise}"] = to_images(denoised[:_NOISY_SHOWN])
    return arrays


def _signature_examples(
    model: SavedModel,
    examples: ExampleSplit,
    autoencoding: Autoencoding | None,
    denoising: Denoising | None,
) -> list[SignatureExample]:
    """Record a call of each signature, for the check of the pushed model."""
    serialized = next(examples.batches(_NUM_RECORDED)).serialized
    reference = load_references(examples)
    images = reference.images[:_NUM_RECORDED]
    recorded = [record_call(model, SERVING_DEFAULT, examples=serialized)]
    for signature in (ENCODE, RECONSTRUCT, DENOISE):
        if model.has_signature(signature):
            recorded.append(record_call(model, signature, images=images))
    if autoencoding:
        recorded.append(
            record_call(model, DECODE, code=autoencoding.codes[:_NUM_RECORDED])
        )
    for noise in denoising.denoised if denoising else ():
        pixels = reference.noisy[noise][:_NUM_RECORDED]
        recorded.append(record_call(model, DENOISE_PIXELS, pixels=pixels))
    return recorded


def _protocol(
    model: SavedModel,
    examples: ExampleSplit,
    reference: ReferenceSets,
    can_denoise: bool,
) -> dict[str, str]:
    data = examples.dataset
    protocol = {
        "data": f"{data.name} {data.variant}",
        "data_sha256": data.content_sha256,
        "split": examples.split,
        "examples": str(len(reference.images)),
        "model_sha256": model.sha256,
        "seed": str(model.provenance.get("seed", "not recorded")),
        "baselines": f"fitted to {len(reference.train)} training images",
        "psnr": "of the squared error over all pixels of all images, white being 1",
    }
    if can_denoise:
        protocol |= {
            "noise_gaussian": f"variance {GAUSSIAN_VARIANCE}, not clipped",
            "noise_salt_pepper": f"{SALT_PEPPER_SHARE:.0%} of the pixels, half each",
            "noise_seed": str(NOISE_SEED),
            "noise_blur": f"{BLUR}, not clipped",
            "filters": "3 x 3 mean, 5 x 5 Gaussian, 3 x 3 median, 5 x 5 local Wiener, "
            "linear map fitted to noisy training images",
        }
    return protocol


def _units_by_class(classes: tuple[str, ...]) -> dict[str, str]:
    return {
        name.replace(CLASS_MARK, label): unit
        for name, unit in UNITS.items()
        for label in (classes if CLASS_MARK in name else ("",))
    }
