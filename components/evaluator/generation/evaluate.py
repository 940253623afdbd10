# SPDX-License-Identifier: Apache-2.0
"""Evaluation of generators: quality, diversity and memorisation of the samples.

Quality and diversity are measured in the features of a published classifier, which the
recipe names as `needs`; real training images and uniform noise are measured likewise,
as the two ends of each scale. Memorisation is measured in pixel space. Where the model
can be asked for a class, the classifier must agree with it.

Every model with a signature `sample(count, seed) -> images` can be measured:

    generation = measure_generation(model, examples)
    Metrics({**own, **generation.values}, {**protocol, **generation.protocol}, ...)
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from components.contracts.signatures import (
    IMAGES,
    LATENT,
    SAMPLE,
    SAMPLE_CLASS,
    SERVING_DEFAULT,
)
from components.evaluator.examples import ExampleSplit
from components.evaluator.generation.feature_metrics import (
    ClassifierOutputs,
    classify_images,
    measure_images,
)
from components.evaluator.generation.manifold import KERNEL_DEGREE, NEIGHBOURS
from components.evaluator.generation.memorization import (
    NearestImages,
    find_nearest,
    measure_memorization,
)
from components.evaluator.generation.metric_names import NOISE, UNITS
from components.evaluator.generation.references import (
    MOST_SEARCHED,
    REFERENCE_SEED,
    ReferenceSets,
    add_frechet_share,
    load_references,
    needed_classifier,
)
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

RENDERER: Final = "components.evaluator.generation.page"

# Seeds of the samples: far from those that a person tries.
_FIRST_SEED: Final = 1_000_000
_SAMPLES_AT_ONCE: Final = 1000
_SAMPLES_OF_A_CLASS: Final = 100
_NUM_RECORDED: Final = 4
_SAMPLES_SHOWN: Final = 100
_PAIRS_SHOWN: Final = 24


@dataclass(frozen=True)
class Generation:
    """Metrics of a generator, for an evaluate function to return or to build on."""

    values: dict[str, float]
    """Metric -> value."""

    protocol: dict[str, str]
    """How they were measured, with units."""

    facts: dict[str, Any]
    """For the page."""

    arrays: dict[str, NDArray[Any]]
    """For the page."""

    images: NDArray[np.uint8]
    """All samples, uint8 (n, height, width, channels)."""


def evaluate_model(model: SavedModel, examples: ExampleSplit) -> Metrics:
    """Evaluate a generator through its signatures.

    Args:
        model: The exported model.
        examples: The test split; its `needs` is the classifier.

    Returns:
        Metrics with signature_examples.json.
    """
    generation = measure_generation(model, examples)
    return Metrics(
        values=generation.values,
        protocol=generation.protocol,
        renderer=RENDERER,
        facts=generation.facts,
        arrays=generation.arrays,
        files={
            SIGNATURE_EXAMPLES_FILE: signature_examples_json(
                generation_signature_examples(model)
            )
        },
    )


def measure_generation(
    model: SavedModel, examples: ExampleSplit, count: int | None = None
) -> Generation:
    """Measure as many samples as there are test images, or fewer.

    Args:
        model: A model with the signature `sample`.
        examples: The test split; its `needs` is the classifier. The training split is
            read from beside it.
        count: Largest number of samples, for a model whose samples take long. Defaults
            to none.

    Raises:
        UsageError: If the recipe names no classifier.
        ProdlError: If model or classifier lack a signature.
    """
    reference = load_references(examples)
    num_samples = min(count or len(reference.test.images), len(reference.test.images))
    samples = classify_images(
        needed_classifier(examples), draw_samples(model, num_samples)
    )
    nearest = find_nearest(samples.images[:MOST_SEARCHED], reference.train)
    values = {
        **_measure_samples(samples, nearest, reference, examples.split),
        **reference.values,
    }
    if model.has_signature(SAMPLE_CLASS):
        name = on_split("test_class_agreement", examples.split)
        values[name] = _class_agreement(model, examples)
    return Generation(
        values=values,
        protocol={
            **_protocol(model, examples, reference, num_samples),
            **_units(values, examples.split),
        },
        facts={
            "split": examples.split,
            "classes": list(examples.dataset.classes),
            "values": values,
            **_class_shares(samples, reference),
        },
        arrays={
            "samples": samples.images[:_SAMPLES_SHOWN],
            **_nearest_pairs(samples, nearest, reference),
        },
        images=samples.images,
    )


def _measure_samples(
    samples: ClassifierOutputs,
    nearest: NearestImages,
    reference: ReferenceSets,
    split: str,
) -> dict[str, float]:
    values = measure_images(samples, reference.test)
    add_frechet_share(values, reference.values[f"{NOISE}frechet_distance"])
    memorization = measure_memorization(nearest, reference.test_nearest)
    values["memorised_share"] = memorization.share
    values["nearest_train_ratio"] = memorization.distance_ratio
    return {on_split(f"test_{name}", split): value for name, value in values.items()}


def _class_shares(
    samples: ClassifierOutputs, reference: ReferenceSets
) -> dict[str, list[float]]:
    return {
        "class_shares_of_samples": samples.class_shares.tolist(),
        "class_shares_of_test": reference.test.class_shares.tolist(),
    }


def _nearest_pairs(
    samples: ClassifierOutputs, nearest: NearestImages, reference: ReferenceSets
) -> dict[str, NDArray[np.uint8]]:
    """Samples from the nearest to the farthest, each with its neighbour."""
    order = np.argsort(nearest.distances, kind="stable")
    num_shown = min(_PAIRS_SHOWN, len(order))
    chosen = order[np.linspace(0, len(order) - 1, num_shown, dtype=int)]
    return {
        "nearest_samples": samples.images[chosen],
        "nearest_train_images": reference.train[nearest.indices[chosen]],
    }


def draw_samples(model: SavedModel, count: int) -> NDArray[np.uint8]:
    """Draw images from a generator, a thousand per seed.

    Args:
        model: A model with the signature `sample`.
        count: Number of images.

    Returns:
        uint8 (count, height, width, channels).
    """
    sample = model.signature(SAMPLE)
    batches = []
    for number, start in enumerate(range(0, count, _SAMPLES_AT_ONCE)):
        outputs = sample(
            count=tf.constant(min(_SAMPLES_AT_ONCE, count - start)),
            seed=tf.constant(_FIRST_SEED + number),
        )
        batches.append(outputs[IMAGES].numpy())
    return np.concatenate(batches)


def _class_agreement(model: SavedModel, examples: ExampleSplit) -> float:
    classifier, sample = needed_classifier(examples), model.signature(SAMPLE_CLASS)
    shares = []
    for label in range(len(examples.dataset.classes)):
        outputs = sample(
            count=tf.constant(_SAMPLES_OF_A_CLASS),
            seed=tf.constant(_FIRST_SEED),
            label=tf.constant(label),
        )
        classified = classify_images(classifier, outputs[IMAGES].numpy())
        shares.append(classified.class_shares[label])
    return float(np.mean(shares))


def generation_signature_examples(model: SavedModel) -> list[SignatureExample]:
    """Record calls of a generator's signatures, for the check of the pushed model."""
    count, seed = np.int32(_NUM_RECORDED), np.int32(_FIRST_SEED)
    rows = np.random.default_rng(REFERENCE_SEED).uniform(
        -1.0, 1.0, (_NUM_RECORDED, *_latent_shape(model))
    )
    recorded = [
        record_call(model, SAMPLE, count=count, seed=seed),
        record_call(model, SERVING_DEFAULT, latent=rows.astype(np.float32)),
    ]
    if model.has_signature(SAMPLE_CLASS):
        first = np.int32(0)
        recorded.append(
            record_call(model, SAMPLE_CLASS, count=count, seed=seed, label=first)
        )
    return recorded


def _latent_shape(model: SavedModel) -> tuple[int, ...]:
    _, inputs = model.signature(SERVING_DEFAULT).structured_input_signature  # type: ignore[attr-defined]
    return tuple(inputs[LATENT].shape[1:])


def _protocol(
    model: SavedModel,
    examples: ExampleSplit,
    reference: ReferenceSets,
    num_samples: int,
) -> dict[str, str]:
    data, classifier = examples.dataset, needed_classifier(examples)
    count = len(reference.test.images)
    last_seed = _FIRST_SEED + (num_samples - 1) // _SAMPLES_AT_ONCE
    num_features = reference.test.features.shape[1]
    num_searched = len(reference.test_nearest.indices)
    return {
        "data": f"{data.name} {data.variant}",
        "data_sha256": data.content_sha256,
        "split": examples.split,
        "examples": str(count),
        "samples": f"{num_samples}, {_SAMPLES_AT_ONCE} per seed",
        "sample_seeds": f"{_FIRST_SEED} to {last_seed}",
        "model_sha256": model.sha256,
        "seed": str(model.provenance.get("seed", "not recorded")),
        "feature_net": str(classifier.provenance.get("recipe", classifier.path.name)),
        "feature_net_sha256": classifier.sha256,
        "feature_space": f"its signature features, {num_features} numbers per image",
        "real": f"{len(reference.real.images)} training images, drawn with seed "
        f"{REFERENCE_SEED}",
        "noise": f"{count} images of uniform noise, seed {REFERENCE_SEED}",
        "neighbours": f"{NEIGHBOURS}, for precision, recall, density and coverage",
        "kernel": f"(x'y / {reference.test.points.kernel_scale:.6g} + 1)"
        f"^{KERNEL_DEGREE}, unbiased",
        "memorisation": f"the first {num_searched} samples, and as many test images, "
        f"drawn with seed {REFERENCE_SEED}; pixels, against {len(reference.train)} "
        "training images",
        "class_agreement": f"{_SAMPLES_OF_A_CLASS} images of each class, seed "
        f"{_FIRST_SEED}",
    }


def _units(values: dict[str, float], split: str) -> dict[str, str]:
    units = {on_split(name, split): unit for name, unit in UNITS.items()}
    return {UNIT + name: units[name] for name in values}
