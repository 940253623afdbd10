# SPDX-License-Identifier: Apache-2.0
"""Evaluation of variational autoencoders: likelihood of images, quality of samples.

Likelihoods are of images binarised as for training, and the binarisation is part of
every name: `test_negative_elbo_threshold_nats` cannot be compared with
`test_negative_elbo_stochastic_nats`. Samples from the prior are measured as those of
any generator, by `components.evaluator.generation`.
"""

from dataclasses import asdict, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import DECODE, ENCODE, SAMPLE, SERVING_DEFAULT
from components.evaluator.examples import ExampleSplit
from components.evaluator.generation.evaluate import measure_generation
from components.evaluator.generation.references import load_references
from components.evaluator.images import to_images
from components.evaluator.likelihood.errors import measure_errors
from components.evaluator.likelihood.latent_space import (
    TRAVERSED_VALUES,
    LatentPlane,
    decode,
    decode_plane,
    decode_traversals,
    order_by_divergence,
)
from components.evaluator.likelihood.measure import (
    ELBO_SAMPLES,
    MOST_WEIGHTED,
    SEED,
    SUBSET_SEED,
    WEIGHTED_SEED,
    Likelihood,
    measure_likelihood,
)
from components.evaluator.likelihood.metric_names import (
    IMPORTANCE_SAMPLES,
    LIKELIHOOD_UNITS,
)
from components.evaluator.likelihood.probe import (
    fit_components,
    measure_posterior_probe,
)
from components.evaluator.linear_probe import Probe
from components.evaluator.metrics import (
    SIGNATURE_EXAMPLES_FILE,
    UNIT,
    Metrics,
    on_split,
)
from components.evaluator.signature_examples import (
    SignatureExample,
    record_call,
    signature_examples_json,
)
from components.serving.saved_model import SavedModel

RENDERER: Final = "components.evaluator.likelihood.page"

_NUM_RECORDED: Final = 2
_IMAGES_SHOWN: Final = 50
_POINTS_SHOWN: Final = 600


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Evaluate a variational autoencoder through its signatures.

    Args:
        model: The exported model.
        examples: The test split; its `needs` is the classifier that samples are
            measured with.

    Returns:
        Metrics with signature_examples.json.
    """
    references = load_references(examples)
    images = references.test.images
    likelihood = measure_likelihood(model, images)
    pca = fit_components(likelihood, references.train)
    if likelihood.density.likelihood != "bernoulli":
        errors = measure_errors(model, likelihood, pca)
        likelihood = replace(likelihood, values={**likelihood.values, **errors})
    probe = measure_posterior_probe(model, examples, likelihood, pca)
    measured = {**likelihood.values, **probe.values}
    generation = measure_generation(model, examples)
    plane = decode_plane(model, likelihood.posterior)
    names = {name: on_split(name, examples.split) for name in measured}
    values = {names[name]: value for name, value in measured.items()}
    units = {UNIT + names[name]: LIKELIHOOD_UNITS[name] for name in names}
    return Metrics(
        values={**values, **generation.values},
        protocol={
            **generation.protocol,
            **_protocol(likelihood),
            **probe.protocol,
            **units,
        },
        renderer=RENDERER,
        facts=generation.facts | _facts(likelihood, plane, examples, probe),
        arrays=generation.arrays | _arrays(model, likelihood, plane, images),
        files={
            SIGNATURE_EXAMPLES_FILE: signature_examples_json(
                _signature_examples(model, examples, likelihood)
            )
        },
    )


def _facts(
    likelihood: Likelihood,
    plane: LatentPlane | None,
    examples: ExampleSplit,
    probe: Probe,
) -> dict[str, Any]:
    """Values for the page, beside those of the generation."""
    order = order_by_divergence(likelihood.posterior)
    nats = likelihood.posterior.kl_divergence.mean(axis=0)
    labels = [label for batch in examples.batches() for label in batch.labels]
    return {
        "rule": likelihood.rule,
        "density": asdict(likelihood.density),
        "likelihood": likelihood.values,
        "linear_probe": probe.facts,
        "units": order.tolist(),
        "unit_nats": nats[order].tolist(),
        "traversed_values": TRAVERSED_VALUES.tolist(),
        "all_classes": sorted(set(labels)),
        "points": plane.points[:_POINTS_SHOWN].tolist() if plane else [],
        "point_labels": labels[:_POINTS_SHOWN],
    }


def _arrays(
    model: SavedModel,
    likelihood: Likelihood,
    plane: LatentPlane | None,
    images: NDArray[np.uint8],
) -> dict[str, NDArray[Any]]:
    """Images for the page, beside those of the generation."""
    codes = likelihood.posterior.mean[:_IMAGES_SHOWN]
    return {
        "originals": images[:_IMAGES_SHOWN],
        "binarised": to_images(likelihood.pixels[:_IMAGES_SHOWN]),
        "reconstructions": decode(model, codes),
        "traversals": decode_traversals(model, likelihood.posterior),
        **({"plane": plane.images} if plane else {}),
    }


def _signature_examples(
    model: SavedModel, examples: ExampleSplit, likelihood: Likelihood
) -> list[SignatureExample]:
    """Record a call of each signature, for the check of the pushed model."""
    serialized = next(examples.batches(_NUM_RECORDED)).serialized
    return [
        record_call(model, SERVING_DEFAULT, examples=serialized),
        record_call(model, ENCODE, images=to_images(likelihood.pixels[:_NUM_RECORDED])),
        record_call(model, DECODE, code=likelihood.posterior.mean[:_NUM_RECORDED]),
        record_call(model, SAMPLE, count=np.int32(_NUM_RECORDED), seed=np.int32(SEED)),
    ]


def _protocol(likelihood: Likelihood) -> dict[str, str]:
    count = len(likelihood.pixels)
    protocol = {
        "binarisation": f"{likelihood.rule}, seed {SEED}",
        "elbo": f"{count} images, {ELBO_SAMPLES} codes each, seed {SEED}",
        "importance_weighted": f"{min(MOST_WEIGHTED, count)} images drawn with seed "
        f"{SUBSET_SEED}, {IMPORTANCE_SAMPLES} codes each, seed {WEIGHTED_SEED}",
    }
    density = likelihood.density
    if density.likelihood != "bernoulli":
        protocol["likelihood"] = (
            f"{density.likelihood} density of grey pixels, errors weighted by "
            f"{density.weight:g}; nats under another weight cannot be compared"
        )
    elif likelihood.rule == "grey":
        protocol["likelihood"] = "a Bernoulli score of grey pixels, not a probability"
    return protocol
