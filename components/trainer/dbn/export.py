# SPDX-License-Identifier: Apache-2.0
"""Export of a deep belief net: as any classifier, with its controls.

predict_few_labels   images -> probabilities (n, networks, classes) of the networks that
                     were trained on few labels: for each number of labels and each draw
                     the pretrained one, then the one from random weights
"""

from pathlib import Path

from components.contracts.dataset_facts import DatasetFacts
from components.contracts.signatures import PREDICT_FEW_LABELS
from components.trainer.classifier.export import export_classifier, with_probabilities
from components.trainer.dbn.params import Params
from components.trainer.dbn.train import Trained


def export_dbn(
    trained: Trained,
    params: Params,
    transform_output: str,
    facts: DatasetFacts,
    folder: Path,
) -> None:
    """Write a SavedModel with its signatures, and `model.keras`.

    Args:
        trained: The classifier and what it is compared with.
        params: Size of its images.
        transform_output: Folder of the transform graph.
        facts: Facts about the data set, for the modality and shape of an image.
        folder: Folder of the SavedModel.
    """
    classifier, few = trained.classifier, trained.few_labels
    control = classifier.control
    export_classifier(
        classifier.model,
        classifier.temperature,
        transform_output,
        facts,
        folder,
        params.image,
        with_probabilities(control.model, control.temperature) if control else None,
        {PREDICT_FEW_LABELS: few} if few is not None else {},
    )
