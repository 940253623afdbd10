# SPDX-License-Identifier: Apache-2.0
"""Parameters of a deep belief net: layers pretrained without labels, then a classifier.

the book's (5-3b)      units: [500], binarisation: threshold
the stack of its prose units: [500, 500]
published 1.2 % error  units: [500, 500, 2000] (Hinton, Osindero and Teh 2006)
"""

from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from components.core.checks import expect
from components.trainer.classifier.control import check_same_length
from components.trainer.classifier.params import ClassifierParams
from components.trainer.loop.params import Optimizer, check_batches
from components.trainer.rbm.params import NO_LOSS, MachineParams

# Plain gradient descent with some momentum, as usual for contrastive divergence.
_CONTRASTIVE: Final = Optimizer(
    name="sgd", learning_rate=0.1, momentum=0.5, schedule="linear"
)


@dataclass(frozen=True, kw_only=True)
class Pretraining(MachineParams):
    """Training of each layer as a restricted Boltzmann machine, from below."""

    epochs: int = 8
    """Passes over all training images for each layer, labelled or not."""

    batch_size: int = 100
    """Images per step."""

    optimizer: Optimizer = _CONTRASTIVE
    """Optimizer of each machine."""

    def __post_init__(self) -> None:
        super().__post_init__()
        expect(self.epochs > 0, "epochs", "1 or more", self.epochs)
        expect(self.batch_size > 0, "batch_size", "1 or more", self.batch_size)
        check_batches(self.batch_size, self.optimizer)
        schedule = self.optimizer.schedule
        is_fixed = not self.optimizer.follows_loss
        expect(is_fixed, "optimizer.schedule", NO_LOSS, schedule)


@dataclass(frozen=True)
class FewLabels:
    """Comparison with and without pretraining where few images have labels."""

    labels: tuple[int, ...] = ()
    """Numbers of labelled images; none for no comparison."""

    seeds: int = 5
    """Draws of the labelled images, each with two networks: pretrained, and not."""

    steps: int = 600
    """Steps of the training of each of these networks."""

    batch_size: int = 100
    """Images per step."""

    learning_rates: tuple[float, ...] = ()
    """Learning rates to try beside that of the classifier, on the first draw; the
    validation loss decides, for pretrained networks and for the others apart."""

    def __post_init__(self) -> None:
        valid = all(count > 0 for count in self.labels)
        expect(valid, "labels", "numbers above 0", self.labels)
        expect(self.seeds > 1, "seeds", "2 or more", self.seeds)
        expect(self.steps > 0, "steps", "1 or more", self.steps)
        expect(self.batch_size > 0, "batch_size", "1 or more", self.batch_size)
        rates = self.learning_rates
        expect(all(r > 0 for r in rates), "learning_rates", "numbers above 0", rates)

    @property
    def draws(self) -> list[tuple[int, int]]:
        """Number of labels and number of the draw of each pair of networks."""
        return [(count, draw) for count in self.labels for draw in range(self.seeds)]


@dataclass(frozen=True, kw_only=True)
class Params(ClassifierParams):
    """Parameters of a classifier whose layers are pretrained."""

    # The first machine needs pixels from 0 to 1.
    TAKES_PREPARED_PIXELS: ClassVar[bool] = False
    # Its machines take grey levels for probabilities, of few pixels.
    TAKES_PHOTOGRAPHS: ClassVar[bool] = False

    units: tuple[int, ...]
    """Sizes of the sigmoid layers, from below."""

    binarisation: Literal["grey", "threshold"] = "grey"
    """Pixels as the first layer sees them, in both trainings and when it is asked: grey
    levels as probabilities, or black and white from middle grey on (the book)."""

    dropout: float = 0.0
    """Dropout rate of each layer's output while the classifier is trained."""

    input_dropout: float = 0.0
    """Share of the pixels set to zero at each of its steps."""

    pretraining: Pretraining = field(default_factory=Pretraining)
    """Training of the layers without labels."""

    few_labels: FewLabels = field(default_factory=FewLabels)
    """Comparison with few labels; that with all is always made."""

    def __post_init__(self) -> None:
        super().__post_init__()
        rule = "one size or more, each above 0"
        valid = bool(self.units) and all(size > 0 for size in self.units)
        expect(valid, "units", rule, self.units)
        wanted = "none: the layers that are pretrained are those of this family"
        expect(not self.network, "network", wanted, self.network)
        for name in ("dropout", "input_dropout"):
            value = getattr(self, name)
            expect(0 <= value < 1, name, "0 to below 1", value)
        labels = self.few_labels.labels
        wanted = "none with `rprop`, as few labels are learnt in batches"
        is_possible = not labels or self.optimizer.name != "rprop"
        expect(is_possible, "few_labels.labels", wanted, labels)
        check_same_length(self)
        wanted = "none: the layers are pretrained on the images as they are"
        expect(self.augmentation.is_off, "augmentation", wanted, self.augmentation)
        wanted = "0: the layers are pretrained once, on all images"
        expect(not self.folds, "folds", wanted, self.folds)
