# SPDX-License-Identifier: Apache-2.0
"""Model families: the packages that train, evaluate and preprocess one kind of model.

Everything a user may change is in params.yaml; a recipe there names its `family`. An
architecture of a known family is a block in params.yaml; a new kind of model is one
more entry here. The functions and settings of a family are found by convention:

    <trainer>.params.Params                     light: imports no library
    <trainer>.run.run_fn                        for TFX's Trainer
    <evaluator>.metric_names.METRIC_NAMES       light
    <evaluator>.evaluate.evaluate_model         (model, examples) -> Metrics
    <transform>.preprocessing_fn                for TFX's Transform
    <card>.PURPOSE                              light; use and limits for the model card
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any, Final

from components.contracts.modality import MODALITIES, ModalityName
from components.contracts.purpose import Purpose


@dataclass(frozen=True)
class Family:
    """The code of one kind of model, by import path."""

    trainer: str
    """Package that trains it."""

    evaluator: str
    """Package that measures it."""

    transform: str
    """Module that preprocesses its examples."""

    card: str
    """Module with its purpose, for the model card."""

    @property
    def run_fn(self) -> str:
        """Import path of the function that TFX's Trainer calls."""
        return f"{self.trainer}.run.run_fn"

    @property
    def evaluate_fn(self) -> str:
        """Import path of the function (model, examples) -> Metrics."""
        return f"{self.evaluator}.evaluate.evaluate_model"

    @property
    def preprocessing_fn(self) -> str:
        """Import path of the function that TFX's Transform calls."""
        return f"{self.transform}.preprocessing_fn"

    @property
    def params_class(self) -> Any:
        """The dataclass of the trainer's parameters."""
        return import_module(f"{self.trainer}.params").Params

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names of the metrics that a gate of this family may use."""
        return tuple(import_module(f"{self.evaluator}.metric_names").METRIC_NAMES)

    def metric_names_for(self, is_number: bool) -> tuple[str, ...]:
        """Return those of `metric_names` that a model of such a target has.

        Args:
            is_number: Whether the target is a number; else it is a class.
        """
        module = import_module(f"{self.evaluator}.metric_names")
        key = "NUMBER_METRIC_NAMES" if is_number else "CLASS_METRIC_NAMES"
        return tuple(getattr(module, key, module.METRIC_NAMES))

    @property
    def main_metrics(self) -> tuple[str, ...]:
        """Metrics that pages show whatever the gate asks for; may be none."""
        module = import_module(f"{self.evaluator}.metric_names")
        return tuple(getattr(module, "MAIN_METRICS", ()))

    @property
    def has_answers(self) -> bool:
        """Whether its evaluation hands out answers, for metrics of the user's own."""
        module = import_module(f"{self.evaluator}.metric_names")
        return bool(getattr(module, "HAS_ANSWERS", False))

    @property
    def renamed_metrics(self) -> Mapping[str, str]:
        """Former names of metrics -> names; empty if the evaluator has none."""
        module = import_module(f"{self.evaluator}.metric_names")
        renamed: Mapping[str, str] = getattr(module, "RENAMED", {})
        return renamed

    @property
    def modalities(self) -> tuple[ModalityName, ...]:
        """Which data it takes, by its Transform and its parameters."""
        subject = self.transform.rpartition(".")[2]
        if subject != "images":
            return (MODALITIES[subject].name,)
        # Only a family that resizes takes pictures of several sizes.
        params = self.params_class
        resizes = "image" in {field.name for field in fields(params)}
        resizes &= getattr(params, "TAKES_PHOTOGRAPHS", True)
        return ("image", "photograph") if resizes else ("image",)

    @property
    def purpose(self) -> Purpose:
        """Use and limits of such models."""
        purpose: Purpose = import_module(self.card).PURPOSE
        return purpose


def families_of(modality: ModalityName) -> list[str]:
    """Return the names of the families that take data of a modality."""
    return [n for n, family in FAMILIES.items() if modality in family.modalities]


FAMILIES: Final[Mapping[str, Family]] = {
    "autoencoder": Family(
        trainer="components.trainer.autoencoder",
        evaluator="components.evaluator.reconstruction",
        transform="components.transform.images",
        card="components.trainer.autoencoder.card",
    ),
    "cnn": Family(
        trainer="components.trainer.cnn",
        evaluator="components.evaluator.classification",
        transform="components.transform.images",
        card="components.trainer.classifier.card",
    ),
    "encoder": Family(
        trainer="components.trainer.encoder",
        evaluator="components.evaluator.classification",
        transform="components.transform.images",
        card="components.trainer.classifier.card",
    ),
    "dbn": Family(
        trainer="components.trainer.dbn",
        evaluator="components.evaluator.pretraining",
        transform="components.transform.images",
        card="components.trainer.classifier.card",
    ),
    "factors": Family(
        trainer="components.trainer.factors",
        evaluator="components.evaluator.ratings",
        transform="components.transform.ratings",
        card="components.trainer.factors.card",
    ),
    "gan": Family(
        trainer="components.trainer.gan",
        evaluator="components.evaluator.generation",
        transform="components.transform.images",
        card="components.trainer.generative.card",
    ),
    "language_model": Family(
        trainer="components.trainer.language",
        evaluator="components.evaluator.language",
        transform="components.transform.text",
        card="components.trainer.language.card",
    ),
    "passage": Family(
        trainer="components.trainer.passage",
        evaluator="components.evaluator.passage",
        transform="components.transform.text",
        card="components.trainer.passage.card",
    ),
    "rbm": Family(
        trainer="components.trainer.rbm",
        evaluator="components.evaluator.energy",
        transform="components.transform.images",
        card="components.trainer.rbm.card",
    ),
    "ratings_rbm": Family(
        trainer="components.trainer.ratings_rbm",
        evaluator="components.evaluator.ratings",
        transform="components.transform.ratings",
        card="components.trainer.ratings_rbm.card",
    ),
    "rnn": Family(
        trainer="components.trainer.rnn",
        evaluator="components.evaluator.classification",
        transform="components.transform.images",
        card="components.trainer.classifier.card",
    ),
    "table": Family(
        trainer="components.trainer.table",
        evaluator="components.evaluator.table",
        transform="components.transform.table",
        card="components.trainer.table.card",
    ),
    "vae": Family(
        trainer="components.trainer.vae",
        evaluator="components.evaluator.likelihood",
        transform="components.transform.images",
        card="components.trainer.generative.card",
    ),
}
