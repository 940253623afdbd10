# SPDX-License-Identifier: Apache-2.0
"""Data of the report on a classifier of photographs: what `photo_page.py` shows."""

from dataclasses import asdict
from typing import Final

import numpy as np

from components.evaluator.classification.page_data import PageData, describe
from components.evaluator.classification.photo_metadata import (
    PhotoMetadata,
    encoded_images,
    read_photo_metadata,
)
from components.evaluator.classification.predictions import Predictions
from components.evaluator.classification.saliency import explain
from components.evaluator.classification.slices import photo_slices
from components.evaluator.examples import ExampleSplit
from components.images.thumbnails import jpeg_thumbnail
from components.serving.saved_model import SavedModel

NUM_CORRECT: Final = 12
NUM_EXPLAINED: Final = 6


def photo_page_data(
    model: SavedModel, predictions: Predictions, examples: ExampleSplit
) -> PageData:
    """Collect correct predictions, Grad-CAM heat maps and metrics of slices.

    Args:
        model: The exported model.
        predictions: Its predictions for the split.
        examples: The split; read once more.
    """
    correct, explained = _select_correct(predictions), _select_explained(predictions)
    wanted = {predictions.item_ids[i] for i in (*correct, *explained)}
    metadata, encoded = _read(examples, wanted)
    pictures = {
        f"correct_{number:02d}.jpg": jpeg_thumbnail(encoded[predictions.item_ids[i]])
        for number, i in enumerate(correct)
    }
    images, heatmaps = explain(
        model, [encoded[predictions.item_ids[i]] for i in explained]
    )
    named = zip(correct, pictures, strict=True)
    return PageData(
        facts={
            "photographs": {
                "correct": [describe(predictions, i, name) for i, name in named],
                "explained": [describe(predictions, i) for i in explained],
                "slices": [asdict(one) for one in photo_slices(predictions, metadata)],
            }
        },
        arrays={"explained_images": images, "explained_heatmaps": heatmaps},
        pictures=pictures,
    )


def _read(
    examples: ExampleSplit, wanted: set[str]
) -> tuple[list[PhotoMetadata], dict[str, bytes]]:
    """Metadata of all photographs, and the bytes of some, by item id."""
    metadata: list[PhotoMetadata] = []
    encoded: dict[str, bytes] = {}
    for batch in examples.batches():
        metadata += read_photo_metadata(batch.serialized)
        at = [i for i, item in enumerate(batch.item_ids) if item in wanted]
        images = encoded_images([batch.serialized[i] for i in at]) if at else []
        encoded |= {batch.item_ids[i]: im for i, im in zip(at, images, strict=True)}
    return metadata, encoded


def _select_correct(predictions: Predictions) -> list[int]:
    """Correct predictions, spread evenly from the lowest to the highest confidence."""
    right = np.flatnonzero(predictions.predicted == predictions.labels)
    right = right[np.argsort(predictions.confidence[right], kind="stable")]
    places = np.linspace(0, len(right) - 1, min(NUM_CORRECT, len(right)))
    return [int(right[int(place)]) for place in places]


def _select_explained(predictions: Predictions) -> list[int]:
    """The most confident correct and wrong predictions, as many of each."""
    is_right = predictions.predicted == predictions.labels
    order = np.argsort(-predictions.confidence, kind="stable")
    wrong = [int(i) for i in order if not is_right[i]][: NUM_EXPLAINED // 2]
    return [int(i) for i in order if is_right[i]][: NUM_EXPLAINED - len(wrong)] + wrong
