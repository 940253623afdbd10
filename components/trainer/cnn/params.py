# SPDX-License-Identifier: Apache-2.0
"""Parameters of a convolutional classifier of images.

LeNet-5, as in the book        layers: [pad 2, conv 6 5x5, subsample, conv 16 5x5,
                               subsample, dense 120, dense 84]
                               with padding: valid and activation: tanh; with its
                               fixed codes, output: rbf
the book's CNN (3-6)           layers: [conv 64, pool, conv 128, pool, dense 1024]
its standard network (3-9)     layers: [conv 32, pool, dropout 0.25, conv 64, pool,
                               dropout 0.25, dense 256] with padding: valid
its separable network (3-9)    the same with `separable` for `conv`
softmax regression (2-18/19)   layers: []
cervix types (3-7)             layers: [conv 64, pool, conv 128, pool, conv 256, pool,
                               dense 512, dropout 0.5, dense 512, dropout 0.5]
AlexNet, two towers            layers: [conv 96 11x11 stride 4, pool 3x3 stride 2,
                               pad 2, conv 256 5x5 groups 2, pool 3x3 stride 2, ...]
VGG16 transfer (3-8)           base: {name: VGG16, ...}, layers: [], output: sigmoid
"""

from dataclasses import dataclass
from typing import Final, Literal

from components.core.checks import expect
from components.trainer.classifier.params import ClassifierParams
from components.trainer.cnn.layer_spec import Activation, parse_layer

BackboneName = Literal[
    "VGG16",
    "ResNet50",
    "ResNet50V2",
    "InceptionV3",
    "MobileNetV2",
    "EfficientNetB0",
    "Xception",
]
# Values of `weights` that name no file.
IMAGENET: Final = "imagenet"
RANDOM: Final = "none"
# Fields of which `network` takes the place.
ARCHITECTURE: Final = (
    *("layers", "base", "padding"),
    *("batch_norm", "activation", "dropout", "l1", "output"),
)
# HDF5 holds arrays and nothing else; a .keras archive or a pickle may hold code.
_SUFFIX: Final = ".h5"


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """Pretrained network of keras.applications, without its top."""

    name: BackboneName
    """Its name in keras.applications."""

    weights: str
    """`imagenet` (downloaded by Keras), the path of an .h5 file, or `none`: random."""

    fine_tune_last: int = 0
    """Layers with weights, counted from the end, that a second phase trains. Batch
    normalization is not counted, and is trained only if `weights` is `none`."""

    fine_tune_epochs: int = 3
    """Epochs of the second phase."""

    fine_tune_rate: float = 1e-5
    """Learning rate of the second phase; a high one loses the pretrained features."""

    def __post_init__(self) -> None:
        is_word = self.weights in (IMAGENET, RANDOM)
        wanted = f"'{IMAGENET}', '{RANDOM}', or the path of an {_SUFFIX} file"
        is_valid = is_word or self.weights.endswith(_SUFFIX)
        expect(is_valid, "weights", wanted, self.weights)
        layers, epochs = self.fine_tune_last, self.fine_tune_epochs
        expect(layers >= 0, "fine_tune_last", "0 or more", layers)
        expect(epochs > 0, "fine_tune_epochs", "1 or more", epochs)
        rate = self.fine_tune_rate
        expect(rate > 0, "fine_tune_rate", "above 0", rate)

    @property
    def weights_file(self) -> str:
        """Path of the file of the weights; empty if `weights` names none."""
        return "" if self.weights in (IMAGENET, RANDOM) else self.weights


@dataclass(frozen=True, kw_only=True)
class Params(ClassifierParams):
    """Parameters of a convolutional classifier."""

    layers: tuple[str, ...] | None = None
    """Layers from input to logits, described as in cnn/layer_spec.py; none where
    `network` builds them."""

    base: Backbone | None = None
    """Pretrained network below `layers`. Defaults to none."""

    padding: Literal["same", "valid"] = "same"
    """Padding of the convolutions: `same` keeps height and width."""

    batch_norm: bool = False
    """Batch normalization between each convolution and its activation."""

    activation: Activation = "relu"
    """Activation after each convolution, subsampling and dense layer: `leaky` has slope
    0.01 below 0, `prelu` learns a slope per channel from 0.25 on (He et al. 2015),
    `absolute` has slope -1; `linear` is none."""

    dropout: float = 0.0
    """Dropout rate of the features before the output layer."""

    l1: float = 0.0
    """Weight of the sum of the absolute weights in the training loss (lasso, Tibshirani
    1996), of `layers` and the output layer without offsets: 0 where no data need
    them."""

    output: Literal["softmax", "sigmoid", "rbf"] = "softmax"
    """`softmax`: a logit per class; `sigmoid`: one logit, of the second of two classes;
    `rbf`: minus half the squared distance to a fixed code per class, of the features of
    a last `dense` layer (LeCun et al. 1998). All train with cross-entropy and export a
    probability per class."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_network(ARCHITECTURE, "layers")
        for layer in self.layers or ():
            parse_layer(layer)
        if self.output == "rbf":
            last = self.layers[-1] if self.layers else "no layer"
            wanted = "softmax, or `rbf` after a last layer `dense`"
            expect(last.startswith("dense "), "output", wanted, f"rbf after {last}")
        expect(0 <= self.dropout < 1, "dropout", "0 to below 1", self.dropout)
        expect(self.l1 >= 0, "l1", "0 or more", self.l1)
        # The cached features are those of the images without augmentation.
        if self.base and not self.base.fine_tune_last:
            wanted = "none with a base that is never fine-tuned"
            expect(self.augmentation.is_off, "augmentation", wanted, self.augmentation)

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of the files that a training reads beside the data."""
        path = self.base.weights_file if self.base else ""
        return (path,) if path else ()
