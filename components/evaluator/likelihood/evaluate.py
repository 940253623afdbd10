# SPDX-License-Identifier: Apache-2.0
"""Evaluation of variational autoencoders: likelihood of images, quality of samples.

Likelihoods are of images binarised by the rule that the model was trained with, and the
rule is part of every name: `test_negative_bound_threshold_nats` is no rival of
`test_negative_bound_stochastic_nats`. Samples from the prior are measured as those of
any generator: see generation.py.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from components.contracts.signatures import DECODE, ENCODE, SAMPLE, SERVING_DEFAULT
from components.core.errors import ProdlError
from components.evaluator.generation import evaluate as generation
from components.evaluator.generation.evaluate import measure_generation
from components.evaluator.generation.references import survey
from components.evaluator.images import to_images
from components.evaluator.likelihood.elbo import (
    Posterior,
    encode,
    importance_weighted_nats,
    reconstruction_nats,
)
from components.evaluator.metrics import PROBES_FILE, UNIT, Metrics, on_split
from components.evaluator.probes import Probe, ask, probes_json
from components.images.binarisation import BINARISATIONS, Binarisation, binarise
from components.model_store.published import PROVENANCE_FILE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.evaluator.examples import ExampleSplit
    from components.serving.saved_model import ServedModel

# Variance over images of a code number's mean above which it says something of them.
ACTIVE_VARIANCE: Final = 0.01
# Codes per image for the bound, and for the importance-weighted one.
BOUND_CODES: Final = 10
WEIGHTED_CODES: Final = 1000
_WEIGHTED_IMAGES: Final = 500
_SEED: Final = 1_000_000
# Draws of their own: of pixels, and for each of the bounds; none is that of samples.
_PIXELS_DRAW: Final = 1
_WEIGHTED_SEED: Final = _SEED + 1
_SUBSET_SEED: Final = 0
_PROBED: Final = 2

_RULE_UNITS: Final = {
    "test_negative_bound_{}_nats": "nats per image, negative evidence lower bound",
    "test_reconstruction_{}_nats": "nats per image, the bound's first part",
    "test_divergence_{}_nats": "nats per image, the bound's second part",
    "test_negative_bound_of_subset_{}_nats": "nats per image, the same of the images "
    "that the next figure is of",
    "test_importance_weighted_{}_nats": "nats per image, negative bound of "
    f"{WEIGHTED_CODES} codes",
}
_UNITS: Final = {
    **{
        name.format(rule): f"{unit}; pixels: {rule}"
        for rule in BINARISATIONS
        for name, unit in _RULE_UNITS.items()
    },
    "test_active_units": "code numbers whose mean varies over images by a variance "
    f"above {ACTIVE_VARIANCE}",
    "test_latent_size": "numbers of a code",
}
# What a gate may name.
METRIC_NAMES: Final = (*_UNITS, *generation.METRIC_NAMES)


@dataclass(frozen=True)
class Likelihood:
    """What was measured of a model's likelihood.

    Attributes:
        rule: How the images were binarised.
        pixels: float images from 0 to 1, binarised.
        posterior: What the encoder says of them.
        values: Metric -> figure; names begin with `test_`.
    """

    rule: Binarisation
    pixels: "NDArray[Any]"
    posterior: Posterior
    values: dict[str, float]


def evaluate_model(model: "ServedModel", examples: "ExampleSplit") -> Metrics:
    """Judge a variational autoencoder by its signatures.

    Args:
        model: The exported model.
        examples: The test split; its `needs` is the classifier that reads samples.
    """
    from components.evaluator.likelihood.page import page_html
    from components.report import html

    around = survey(examples)
    found = measure_likelihood(model, around.real.images)
    made = measure_generation(model, examples)
    page = page_html(model, found, around.real.images, _labels(examples))
    names = {name: on_split(name, examples.split) for name in found.values}
    values = {names[name]: value for name, value in found.values.items()}
    units = {UNIT + names[name]: _UNITS[name] for name in found.values}
    return Metrics(
        values={**values, **made.values},
        protocol={**made.protocol, **_protocol(found), **units},
        html=str(html.join(page, made.html)),
        files={PROBES_FILE: probes_json(_probes(model, examples, found))},
    )


def measure_likelihood(model: "ServedModel", images: "NDArray[Any]") -> Likelihood:
    """Measure both bounds and which numbers of the code say something.

    Args:
        model: A model with the signatures `encode` and `decode`.
        images: uint8 (n, height, width, channels).

    Raises:
        ProdlError: If the model does not say by which rule it was trained.
    """
    import numpy as np

    rule = binarisation_of(model)
    pixels = binarise(images, rule, [_SEED, _PIXELS_DRAW]).numpy()
    posterior = encode(model, pixels)
    divergence = posterior.divergence.sum(axis=1)
    reconstruction = reconstruction_nats(model, pixels, posterior, BOUND_CODES, _SEED)
    few = np.random.default_rng(_SUBSET_SEED).permutation(len(pixels))
    few = few[:_WEIGHTED_IMAGES]
    part = Posterior(posterior.mean[few], posterior.log_variance[few])
    weighted = importance_weighted_nats(
        model, pixels[few], part, WEIGHTED_CODES, _WEIGHTED_SEED
    )
    bound = reconstruction + divergence
    parts = (bound, reconstruction, divergence, bound[few], weighted)
    figures = [float(nats.mean()) for nats in parts]
    names = (name.format(rule) for name in _RULE_UNITS)
    active = posterior.mean.var(axis=0) > ACTIVE_VARIANCE
    values = {
        **dict(zip(names, figures, strict=True)),
        "test_active_units": int(active.sum()),
        "test_latent_size": posterior.mean.shape[1],
    }
    return Likelihood(rule, pixels, posterior, values)


def binarisation_of(model: "ServedModel") -> Binarisation:
    """The rule that a model was trained with, as its provenance says.

    Raises:
        ProdlError: If it does not say so; under a guessed rule the figures would be
            those of other images.
    """
    named: Binarisation | None = model.provenance.get("params", {}).get("binarisation")
    if named not in BINARISATIONS:
        raise ProdlError(
            f"{model.path}: expected the rule by which pixels become black or white in "
            f"{PROVENANCE_FILE}, as params.binarisation: {', '.join(BINARISATIONS)}.\n"
            f"Received {named!r}. Record the one that the model was trained with."
        )
    return named


def _labels(examples: "ExampleSplit") -> list[str]:
    return [label for batch in examples.batches() for label in batch.labels]


def _probes(
    model: "ServedModel", examples: "ExampleSplit", found: Likelihood
) -> list[Probe]:
    """Questions to each signature, for the check of the pushed model."""
    import numpy as np

    serialized = next(examples.batches(_PROBED)).serialized
    return [
        ask(model, SERVING_DEFAULT, examples=serialized),
        ask(model, ENCODE, images=to_images(found.pixels[:_PROBED])),
        ask(model, DECODE, code=found.posterior.mean[:_PROBED]),
        ask(model, SAMPLE, count=np.int32(_PROBED), seed=np.int32(_SEED)),
    ]


def _protocol(found: Likelihood) -> dict[str, str]:
    weighted = min(_WEIGHTED_IMAGES, len(found.pixels))
    told = {
        "binarisation": f"{found.rule}, seed {_SEED}",
        "bound": f"{len(found.pixels)} images, {BOUND_CODES} codes each, seed {_SEED}",
        "importance_weighted": f"{weighted} images drawn with seed {_SUBSET_SEED}, "
        f"{WEIGHTED_CODES} codes each, seed {_WEIGHTED_SEED}",
    }
    if found.rule == "grey":
        told["likelihood"] = "a Bernoulli score of grey pixels, not a probability"
    return told
