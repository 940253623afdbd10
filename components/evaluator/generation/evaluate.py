# SPDX-License-Identifier: Apache-2.0
"""Evaluation of generators: are the samples good, of all kinds, and their own.

Where a class can be asked for, the classifier also says whether it is the one made.

Good and of all kinds is measured in the features of a published classifier, which the
recipe names as `needs`; each figure has a floor, real training images, and a ceiling,
uniform noise, both measured like the samples. Their own: no copies of training images.

Any model with a signature `sample(count, seed) -> images` can be measured so:

    generation = measure_generation(model, examples)
    Metrics({**mine, **generation.values}, {**said, **generation.protocol}, ...)
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from components.contracts.signatures import (
    IMAGES,
    LATENT,
    SAMPLE,
    SAMPLE_CLASS,
    SERVING_DEFAULT,
)
from components.evaluator.generation.feature_metrics import (
    UNITS,
    Reading,
    measure,
    read_images,
)
from components.evaluator.generation.manifold import KERNEL_DEGREE, NEIGHBOURS
from components.evaluator.generation.memorization import find_neighbours, measure_memory
from components.evaluator.generation.references import (
    BOUNDS_SEED,
    CEILING,
    FLOOR,
    NEIGHBOURS_SOUGHT,
    Surroundings,
    add_share,
    needed_classifier,
    survey,
)
from components.evaluator.metrics import PROBES_FILE, UNIT, Metrics
from components.evaluator.probes import Probe, ask, probes_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.evaluator.examples import ExampleSplit
    from components.serving.saved_model import ServedModel

_MEMORY_UNITS: Final = {
    "memorised_share": "share of samples nearer to a training image than 99 % of test",
    "nearest_train_ratio": "median distance to training images over that of test",
}
_CLASS_UNITS: Final = {
    "class_agreement": "share of images of a class asked for that are read as it",
}
_UNITS: Final = {
    **{
        f"test_{name}": unit
        for name, unit in (UNITS | _MEMORY_UNITS | _CLASS_UNITS).items()
    },
    **{FLOOR + name: unit for name, unit in UNITS.items()},
    **{CEILING + name: unit for name, unit in UNITS.items()},
}
# What a gate may name.
METRIC_NAMES: Final = tuple(_UNITS)

# Seeds of the samples: far from those that a person tries.
_FIRST_SEED: Final = 1_000_000
_SAMPLES_AT_ONCE: Final = 1000
_SAMPLES_OF_A_CLASS: Final = 100
_PROBED: Final = 4


@dataclass(frozen=True)
class Generation:
    """A generator's figures, for an evaluate function to return or to build on.

    Attributes:
        values: Metric -> figure.
        protocol: How they came about, with units.
        html: Fragment for the report, as Markup: `html.join` takes it as it is.
        samples: The samples, as the classifier reads them.
    """

    values: dict[str, float]
    protocol: dict[str, str]
    html: Any
    samples: Reading


def evaluate_model(model: "ServedModel", examples: "ExampleSplit") -> Metrics:
    """Judge a generator by its signatures.

    Args:
        model: The exported model.
        examples: The test split; its `needs` is the classifier.
    """
    generation = measure_generation(model, examples)
    return Metrics(
        values=generation.values,
        protocol=generation.protocol,
        html=str(generation.html),
        files={PROBES_FILE: probes_json(generation_probes(model))},
    )


def measure_generation(model: "ServedModel", examples: "ExampleSplit") -> Generation:
    """Measure as many samples as there are test images.

    Args:
        model: A model with the signature `sample`.
        examples: The test split; its `needs` is the classifier. The training split is
            read from beside it.

    Raises:
        UsageError: If the recipe names no classifier.
        ProdlError: If model or classifier lack a signature.
    """
    from components.evaluator.generation.page import page_html

    around = survey(examples)
    samples = read_images(
        needed_classifier(examples), draw_samples(model, len(around.real.images))
    )
    figures = measure(samples, around.real)
    add_share(figures, around.bounds[f"{CEILING}frechet_distance"])
    made = find_neighbours(samples.images[:NEIGHBOURS_SOUGHT], around.train)
    memory = measure_memory(made, around.fresh)
    prefix = f"{examples.split}_"
    values = {
        **{prefix + name: value for name, value in figures.items()},
        f"{prefix}memorised_share": memory.share,
        f"{prefix}nearest_train_ratio": memory.distance_ratio,
        **around.bounds,
    }
    if model.has_signature(SAMPLE_CLASS):
        values[f"{prefix}class_agreement"] = _class_agreement(model, examples)
    return Generation(
        values=values,
        protocol={**_protocol(model, examples, around), **_units(values, prefix)},
        html=page_html(samples, around, made, memory, values, examples),
        samples=samples,
    )


def draw_samples(model: "ServedModel", count: int) -> "NDArray[Any]":
    """Ask a generator for images, a thousand per seed: uint8 (count, h, w, c)."""
    import numpy as np
    import tensorflow as tf

    sample = model.signature(SAMPLE)
    batches = []
    for number, start in enumerate(range(0, count, _SAMPLES_AT_ONCE)):
        answer = sample(
            count=tf.constant(min(_SAMPLES_AT_ONCE, count - start)),
            seed=tf.constant(_FIRST_SEED + number),
        )
        batches.append(answer[IMAGES].numpy())
    return np.concatenate(batches)


def _class_agreement(model: "ServedModel", examples: "ExampleSplit") -> float:
    import numpy as np
    import tensorflow as tf

    classifier, asked = needed_classifier(examples), model.signature(SAMPLE_CLASS)
    shares = []
    for label in range(len(examples.dataset.classes)):
        answer = asked(
            count=tf.constant(_SAMPLES_OF_A_CLASS),
            seed=tf.constant(_FIRST_SEED),
            label=tf.constant(label),
        )
        reading = read_images(classifier, answer[IMAGES].numpy())
        shares.append(reading.class_shares[label])
    return float(np.mean(shares))


def generation_probes(model: "ServedModel") -> list[Probe]:
    """Questions to a generator, with its answers, for the check of the pushed model."""
    import numpy as np

    count, seed = np.int32(_PROBED), np.int32(_FIRST_SEED)
    rows = np.random.default_rng(BOUNDS_SEED).uniform(
        -1.0, 1.0, (_PROBED, *_latent_shape(model))
    )
    probes = [
        ask(model, SAMPLE, count=count, seed=seed),
        ask(model, SERVING_DEFAULT, latent=rows.astype(np.float32)),
    ]
    if model.has_signature(SAMPLE_CLASS):
        first = np.int32(0)
        probes.append(ask(model, SAMPLE_CLASS, count=count, seed=seed, label=first))
    return probes


def _latent_shape(model: "ServedModel") -> tuple[int, ...]:
    _, inputs = model.signature(SERVING_DEFAULT).structured_input_signature  # type: ignore[attr-defined]
    return tuple(inputs[LATENT].shape[1:])


def _protocol(
    model: "ServedModel", examples: "ExampleSplit", around: Surroundings
) -> dict[str, str]:
    data, classifier = examples.dataset, needed_classifier(examples)
    count = len(around.real.images)
    last_seed = _FIRST_SEED + (count - 1) // _SAMPLES_AT_ONCE
    return {
        "data": f"{data.name} {data.variant}",
        "data_sha256": data.content_sha256,
        "split": examples.split,
        "examples": str(count),
        "samples": f"{count}, {_SAMPLES_AT_ONCE} per seed",
        "sample_seeds": f"{_FIRST_SEED} to {last_seed}",
        "model_sha256": model.sha256,
        "seed": str(model.provenance.get("seed", "not recorded")),
        "feature_net": str(classifier.provenance.get("recipe", classifier.path.name)),
        "feature_net_sha256": classifier.sha256,
        "feature_space": f"its signature features, {around.real.features.shape[1]} "
        "numbers per image",
        "floor": f"{len(around.floor.images)} training images, drawn with seed "
        f"{BOUNDS_SEED}",
        "ceiling": f"{count} images of uniform noise, seed {BOUNDS_SEED}",
        "neighbours": f"{NEIGHBOURS}, for precision, recall, density and coverage",
        "kernel": f"(x'y / {around.real.points.kernel_scale:.6g} + 1)^{KERNEL_DEGREE}, "
        "unbiased",
        "memory": f"the first {len(around.fresh.indices)} samples, and as many test "
        f"images, drawn with seed {BOUNDS_SEED}; pixels, against {len(around.train)} "
        "training images",
        "class_agreement": f"{_SAMPLES_OF_A_CLASS} images of each class, seed "
        f"{_FIRST_SEED}",
    }


def _units(values: dict[str, float], prefix: str) -> dict[str, str]:
    named = {name: name.replace(prefix, "test_", 1) for name in values}
    return {UNIT + name: _UNITS[general] for name, general in named.items()}
