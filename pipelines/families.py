# SPDX-License-Identifier: Apache-2.0
"""What is code in a recipe: the functions that a model family runs, by import path.

Everything a user may change stands in params.yaml; a recipe there names its `family`,
and with that it names these functions. A new architecture of a known family is a block
in params.yaml; a new kind of model is one more entry here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

from components.contracts.purpose import Purpose


@dataclass(frozen=True)
class Family:
    """The functions behind one kind of model.

    Attributes:
        preprocessing_fn: For Transform.
        run_fn: For Trainer; `params` of its package holds the family's `Params`.
        evaluate_fn: For the Evaluator, `(model, examples) -> Metrics`.
        purpose: What such models are for, in the model card.
    """

    preprocessing_fn: str
    run_fn: str
    evaluate_fn: str
    purpose: Purpose

    @property
    def params_class(self) -> Any:
        """The dataclass of the trainer's parameters, from a module that is light."""
        package = self.run_fn.rpartition(".")[0].rpartition(".")[0]
        return import_module(f"{package}.params").Params

    @property
    def known_metrics(self) -> tuple[str, ...]:
        """Names that a gate of this family may use.

        `METRIC_NAMES` of `metric_names.py` beside the module of `evaluate_fn`, which
        imports no library, or of that module itself.
        """
        return tuple(self._metric_names.METRIC_NAMES)

    @property
    def renamed_metrics(self) -> Mapping[str, str]:
        """Former names of metrics -> names: `RENAMED` of the same module, if any."""
        renamed: Mapping[str, str] = getattr(self._metric_names, "RENAMED", {})
        return renamed

    @property
    def _metric_names(self) -> ModuleType:
        module = self.evaluate_fn.rpartition(".")[0]
        light = f"{module.rpartition('.')[0]}.metric_names"
        return import_module(light if find_spec(light) else module)


CLASSIFIER: Final = Purpose(
    kind="A classifier of images",
    use="It tells the classes above apart, in pictures like those it learned from.",
    limits="It gives every picture to one of these classes, also one that shows none.",
)
LANGUAGE: Final = Purpose(
    kind="A language model of words",
    use="It goes on with a text word by word, and says how probable each word is.",
    limits=(
        "It knows the words of one book of 1865 and nothing of the world: what it "
        "writes is neither true nor advice."
    ),
)
RECITAL: Final = Purpose(
    kind="A passage learnt by heart",
    use="It shows what the book's experiment does: it recites the passage.",
    limits="It is no language model: of text that it has not seen it knows nothing.",
)

GENERATOR: Final = Purpose(
    kind="A generator of images",
    use="It makes pictures like those it learned from, out of noise.",
    limits="What it makes shows nothing that exists, nor every kind as often as the "
    "data do, and some of it is not legible.",
)
AUTOENCODER: Final = Purpose(
    kind="An autoencoder of images",
    use="It gives back pictures like those it learned from, through a code or freed of "
    "noise.",
    limits="What it has not learned it replaces by what it has: a picture of something "
    "else comes back as strokes of a digit.",
)

FAMILIES: Final[Mapping[str, Family]] = {
    "autoencoder": Family(
        preprocessing_fn="components.transform.images.preprocessing_fn",
        run_fn="components.trainer.autoencoder.run.run_fn",
        evaluate_fn="components.evaluator.reconstruction.evaluate.evaluate_model",
        purpose=AUTOENCODER,
    ),
    "cnn": Family(
        preprocessing_fn="components.transform.images.preprocessing_fn",
        run_fn="components.trainer.cnn.run.run_fn",
        evaluate_fn="components.evaluator.classification.evaluate.evaluate_model",
        purpose=CLASSIFIER,
    ),
    "language_model": Family(
        preprocessing_fn="components.transform.text.preprocessing_fn",
        run_fn="components.trainer.language.run.run_fn",
        evaluate_fn="components.evaluator.language.evaluate.evaluate_model",
        purpose=LANGUAGE,
    ),
    "passage": Family(
        preprocessing_fn="components.transform.text.preprocessing_fn",
        run_fn="components.trainer.passage.run.run_fn",
        evaluate_fn="components.evaluator.passage.evaluate.evaluate_model",
        purpose=RECITAL,
    ),
    "rnn": Family(
        preprocessing_fn="components.transform.images.preprocessing_fn",
        run_fn="components.trainer.rnn.run.run_fn",
        evaluate_fn="components.evaluator.classification.evaluate.evaluate_model",
        purpose=CLASSIFIER,
    ),
    "vae": Family(
        preprocessing_fn="components.transform.images.preprocessing_fn",
        run_fn="components.trainer.vae.run.run_fn",
        evaluate_fn="components.evaluator.likelihood.evaluate.evaluate_model",
        purpose=GENERATOR,
    ),
    "gan": Family(
        preprocessing_fn="components.transform.images.preprocessing_fn",
        run_fn="components.trainer.gan.run.run_fn",
        evaluate_fn="components.evaluator.generation.evaluate.evaluate_model",
        purpose=GENERATOR,
    ),
}
