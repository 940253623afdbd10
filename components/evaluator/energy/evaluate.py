# SPDX-License-Identifier: Apache-2.0
"""Evaluation of restricted Boltzmann machines: likelihood, energies, samples.

The likelihood needs the partition function Z. It is estimated from both ends by
annealed importance sampling (components/sampling/partition.py) or, with few hidden
units, summed. Rival densities are fitted to the training images of the same split.
Likelihoods are of images binarised as for training, and the rule is part of their
names. Samples are measured as those of any generator.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.contracts.signatures import (
    FREE_ENERGY,
    HIDDEN,
    PARAMETERS,
    RECONSTRUCT,
    SAMPLE,
    SAMPLE_STEPS,
    SERVING_DEFAULT,
)
from components.evaluator.energy.chains import SHOWN_STEPS, pictures_on_the_way
from components.evaluator.energy.copies import copied_share
from components.evaluator.energy.machine import ExportedMachine, read_machine
from components.evaluator.energy.measure import (
    NOISE_IMAGES,
    SEED,
    SUBSET_SEED,
    Measured,
    Settings,
    compare_with_rivals,
    measure_machine,
)
from components.evaluator.energy.metric_names import ENERGY_UNITS, NATS_UNITS
from components.evaluator.energy.rivals import RIVAL_SEED, fit_rivals
from components.evaluator.examples import ExampleSplit
from components.evaluator.generation.evaluate import measure_generation
from components.evaluator.generation.references import load_references
from components.evaluator.images import to_images
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

RENDERER: Final = "components.evaluator.energy.page"
SETTINGS: Final = Settings()

_NUM_RECORDED: Final = 2
_RECORDED_STEPS: Final = 1
_IMAGES_SHOWN: Final = 20
_WEIGHTS_SHOWN: Final = 100
_BINS: Final = 60


def evaluate_model(
    model: SavedModel, examples: ExampleSplit, settings: Settings = SETTINGS
) -> Metrics:
    """Evaluate a restricted Boltzmann machine through its signatures.

    Args:
        model: The exported model.
        examples: The test split; its `needs` is the classifier that samples are
            measured with.
        settings: How much is spent on the estimates. Defaults to what recipes use.

    Returns:
        Metrics with signature_examples.json.
    """
    exported = read_machine(model)
    references = load_references(examples)
    images, train = references.test.images, references.train
    measured = measure_machine(exported, images, train, settings)
    rivals = fit_rivals(examples, exported.rule, SEED)
    generation = measure_generation(model, examples, settings.samples)
    found = {
        **measured.values,
        **compare_with_rivals(measured, rivals, exported.rule),
        "test_copied_share": copied_share(generation.images, images, train, SEED),
    }
    names = {name: on_split(name, examples.split) for name in found}
    values = {names[name]: value for name, value in found.items()}
    units = {UNIT + names[name]: ENERGY_UNITS[name] for name in names}
    protocol = _protocol(exported, measured, settings, len(images))
    return Metrics(
        values={**values, **generation.values},
        protocol={**generation.protocol, **protocol, **units},
        renderer=RENDERER,
        facts=generation.facts | _facts(exported, measured, found),
        arrays=generation.arrays | _arrays(exported, images),
        files={
            SIGNATURE_EXAMPLES_FILE: signature_examples_json(
                _signature_examples(model, examples)
            )
        },
    )


def _facts(
    exported: ExportedMachine, measured: Measured, found: dict[str, float]
) -> dict[str, Any]:
    """Values for the page, beside those of the generation."""
    everything = np.concatenate(list(measured.energies.values()))
    edges = np.histogram_bin_edges(everything, _BINS)
    rule = exported.rule
    return {
        "rule": rule,
        "shown_steps": list(SHOWN_STEPS),
        "is_exact": measured.is_exact,
        "energy_values": found,
        "nats": {name: found[name.format(rule)] for name in NATS_UNITS},
        "energy_edges": edges.tolist(),
        "energies": {
            name: np.histogram(values, edges)[0].tolist()
            for name, values in measured.energies.items()
        },
    }


def _arrays(
    exported: ExportedMachine, images: NDArray[np.uint8]
) -> dict[str, NDArray[Any]]:
    """Images for the page, beside those of the generation."""
    shape = images.shape[1:]
    visible = exported.visible(images[:_IMAGES_SHOWN], SEED)
    given_back = exported.machine.reconstruct(visible).numpy()
    weights = exported.machine.weights.numpy().T[:_WEIGHTS_SHOWN]
    # Grey is 0; each unit has a scale of its own.
    largest = np.abs(weights).max(axis=1, keepdims=True) + 1e-12
    on_the_way = pictures_on_the_way(exported, SEED)
    return {
        "visible": to_images(visible).reshape(-1, *shape),
        "given_back": to_images(given_back).reshape(-1, *shape),
        "weights": to_images(0.5 + 0.5 * weights / largest).reshape(-1, *shape),
        "on_the_way": to_images(on_the_way.reshape(-1, *shape)),
    }


def _signature_examples(
    model: SavedModel, examples: ExampleSplit
) -> list[SignatureExample]:
    """Record a call of each signature, for the check of the pushed model."""
    serialized = next(examples.batches(_NUM_RECORDED)).serialized
    pixels = examples.pixels(serialized)
    seed, nothing = np.int32(SEED), np.int32(0)
    asked = (RECONSTRUCT, FREE_ENERGY, HIDDEN)
    return [
        record_call(model, SERVING_DEFAULT, examples=serialized),
        *(record_call(model, name, images=pixels) for name in asked),
        record_call(model, PARAMETERS),
        # A chain of draws turns the last digit of another machine into another image:
        # one step is compared, and of a thousand only that they can be asked for.
        record_call(
            model,
            SAMPLE_STEPS,
            count=np.int32(_NUM_RECORDED),
            seed=seed,
            steps=np.int32(_RECORDED_STEPS),
        ),
        record_call(model, SAMPLE, count=nothing, seed=seed),
    ]


def _protocol(
    exported: ExportedMachine, measured: Measured, settings: Settings, count: int
) -> dict[str, str]:
    annealing = settings.annealing_for(exported)
    way = f"{annealing.chains} ways of {annealing.temperatures} temperatures"
    forward = "the sum over all hidden states" if measured.is_exact else way
    return {
        "binarisation": f"{exported.rule}, seed {SEED}",
        "log_partition": f"{forward}; base rates of the training images; seed {SEED}",
        "log_partition_reverse": f"{way}, from chains of "
        f"{settings.burn_in + settings.steps} Gibbs steps from the base rates",
        "likelihood": f"{count} images",
        "free_energy": f"as many training images, drawn with seed {SUBSET_SEED}; "
        f"noise: {NOISE_IMAGES} images of independent pixels at the base rates",
        "rivals": f"fitted to all training images, binarised once with seed "
        f"{RIVAL_SEED}; mixtures by 40 rounds of EM",
        "interval": "95 %, normal: of the images and of log Z together",
    }
