# SPDX-License-Identifier: Apache-2.0
"""What a report shows of a classifier of photographs beyond that of any other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from components.evaluator.classification.photo_metadata import (
    encoded_images,
    photo_facts,
    report_picture,
)
from components.evaluator.classification.saliency import explain, overlay
from components.evaluator.classification.slices import photo_slices
from components.report import html

if TYPE_CHECKING:
    from components.evaluator.classification.photo_metadata import PhotoFacts
    from components.evaluator.classification.predictions import Predictions
    from components.evaluator.examples import ExampleSplit
    from components.serving.saved_model import ServedModel

RIGHT_SHOWN: Final = 12
EXPLAINED: Final = 6
_PICTURE: Final = 132


def photo_page(
    model: "ServedModel", predictions: "Predictions", examples: "ExampleSplit"
) -> str:
    """Right answers with their probability, slices, and where the model looks.

    Args:
        model: The exported model.
        predictions: What it said.
        examples: Where the pictures are; they are read once more.
    """
    chosen = _shown(predictions)
    facts, encoded = _read(examples, {predictions.item_ids[i] for i in chosen})
    return str(
        html.join(
            html.subheading("Right answers", "evaluation-right"),
            html.paragraph("Right answers, from the least certain to the most."),
            _pictures(predictions, _right(predictions), encoded),
            html.subheading("Where it looks", "evaluation-saliency"),
            *_saliency(model, predictions, encoded),
            html.subheading("Parts of the split", "evaluation-slices"),
            *_slices(predictions, facts),
        )
    )


def _read(
    examples: "ExampleSplit", wanted: set[str]
) -> tuple[list["PhotoFacts"], dict[str, bytes]]:
    """Facts about all photographs, and the bytes of some."""
    facts: list[PhotoFacts] = []
    encoded: dict[str, bytes] = {}
    for batch in examples.batches():
        facts += photo_facts(batch.serialized)
        at = [i for i, item in enumerate(batch.item_ids) if item in wanted]
        images = encoded_images([batch.serialized[i] for i in at]) if at else []
        encoded |= {batch.item_ids[i]: im for i, im in zip(at, images, strict=True)}
    return facts, encoded


def _shown(predictions: "Predictions") -> list[int]:
    return [*_right(predictions), *_explained(predictions)]


def _right(predictions: "Predictions") -> list[int]:
    """Some right answers, evenly from the least to the most certain."""
    right = np.flatnonzero(predictions.predicted == predictions.labels)
    right = right[np.argsort(predictions.confidence[right], kind="stable")]
    places = np.linspace(0, len(right) - 1, min(RIGHT_SHOWN, len(right)))
    return [int(right[int(place)]) for place in places]


def _explained(predictions: "Predictions") -> list[int]:
    """The surest right and the surest wrong answers, as many of each."""
    is_right = predictions.predicted == predictions.labels
    order = np.argsort(-predictions.confidence, kind="stable")
    half = EXPLAINED // 2
    wrong = [int(i) for i in order if not is_right[i]][:half]
    return [int(i) for i in order if is_right[i]][: EXPLAINED - len(wrong)] + wrong


def _pictures(
    predictions: "Predictions", indices: list[int], encoded: dict[str, bytes]
) -> Any:
    shown = [
        (report_picture(encoded[predictions.item_ids[i]]), _caption(predictions, i))
        for i in indices
    ]
    return html.image_grid(shown, size=_PICTURE, alt="rightly classified")


def _saliency(
    model: "ServedModel", predictions: "Predictions", encoded: dict[str, bytes]
) -> Iterator[Any]:
    yield html.paragraph(
        "Bright and reddish: what speaks for the answer in the last layer that still "
        "has places (Grad-CAM). Right answers first, then wrong ones. It shows where "
        "the model looks, not whether that is a good reason."
    )
    indices = _explained(predictions)
    images, heat = explain(model, [encoded[predictions.item_ids[i]] for i in indices])
    shown = [
        (overlay(image, one), _caption(predictions, i))
        for i, image, one in zip(indices, images, heat, strict=True)
    ]
    yield html.image_grid(shown, size=_PICTURE, alt="what the answer rests on")


def _slices(predictions: "Predictions", facts: list["PhotoFacts"]) -> Iterator[Any]:
    yield html.paragraph(
        "Thirds of the split by pixels and by mean brightness, and parts by the colour "
        "that lies over the whole picture, a filter for one, and by what nearly kept a "
        "picture out: another colour space or a turned one, few pixels, hardly any "
        "contrast. With many parts, one is worse than the others by chance: the "
        "intervals say how much that means."
    )
    rows = [
        [
            f"{part.kind}: {part.name}",
            part.count,
            part.accuracy,
            f"{part.low:.3f} to {part.high:.3f}",
            part.log_loss,
            part.guessing,
        ]
        for part in photo_slices(predictions, facts)
    ]
    headers = [
        *("Part", "Examples", "Accuracy", "95 % interval"),
        *("Log-loss, nats", "Class shares, nats"),
    ]
    yield html.table(headers, rows, numeric=range(1, 6))


def _caption(predictions: "Predictions", index: int) -> Any:
    true = predictions.classes[predictions.labels[index]]
    guess = predictions.classes[predictions.predicted[index]]
    said = true if true == guess else f"{true} taken for {guess}"
    item = html.code(predictions.item_ids[index])
    return html.join(f"{said}, {predictions.confidence[index]:.1%}", item)
