# SPDX-License-Identifier: Apache-2.0
"""What a report shows of a variational autoencoder: its bound, its codes, its map."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from components.contracts.signatures import DECODE, IMAGES
from components.evaluator.images import to_images
from components.report import html
from components.report.fragments.image_sheet import image_sheet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.evaluator.likelihood.elbo import Posterior
    from components.evaluator.likelihood.evaluate import Likelihood
    from components.serving.saved_model import ServedModel

_SHOWN: Final = 50
_COLUMNS: Final = 10
_SHEET_WIDTH: Final = 300
_WIDTH: Final = 640
_TRAVERSED: Final = 10
_REACH: Final = 3.0  # standard deviations of the prior to each side
_STEPS: Final = 11
_MAP_SIDE: Final = 15
_POINTS: Final = 600
_LEAST: Final = 1e-6


def page_html(
    model: "ServedModel",
    found: "Likelihood",
    images: "NDArray[Any]",
    labels: Sequence[str],
) -> Any:
    """The part of the section that only these models have.

    Args:
        model: To be asked for more pictures.
        found: What was measured.
        images: The uint8 images of the split.
        labels: Class name of each.
    """
    return html.join(
        *_bound(found),
        *_reconstructions(model, found, images),
        *_code_numbers(model, found.posterior),
        *_map(model, found.posterior, labels),
    )


def _bound(found: "Likelihood") -> Iterator[Any]:
    yield html.subheading("How probable the images are", "evaluation-bound")
    rows = [
        [name.removeprefix("test_").replace("_", " "), value]
        for name, value in found.values.items()
    ]
    yield html.table(["", "Value"], rows)
    yield html.paragraph(
        f"Nats per image, of pixels under the rule {found.rule!r}; figures under "
        "another rule cannot be compared with these."
    )


def _reconstructions(
    model: "ServedModel", found: "Likelihood", images: "NDArray[Any]"
) -> Iterator[Any]:
    sets = {
        "originals": images[:_SHOWN],
        "what the model was given": to_images(found.pixels[:_SHOWN]),
        "given back": _decode(model, found.posterior.mean[:_SHOWN]),
    }
    sheets = [(image_sheet(shown, _COLUMNS), name) for name, shown in sets.items()]
    yield html.subheading("Images given back", "evaluation-reconstructions")
    yield html.image_grid(sheets, size=_SHEET_WIDTH, columns=3, alt="digits")
    yield html.paragraph(
        "Each image is given back from the mean of its code, brighter where white is "
        "more probable."
    )


def _code_numbers(model: "ServedModel", posterior: "Posterior") -> Iterator[Any]:
    import numpy as np

    nats = posterior.divergence.mean(axis=0)
    order = np.argsort(-nats, kind="stable")
    yield html.subheading("The numbers of the code", "evaluation-code-numbers")
    yield html.bar_chart(
        [str(number) for number in order],
        {"divergence": nats[order].tolist()},
        "What each number says, nats per image",
    )
    chosen = order[:_TRAVERSED]
    values = np.linspace(-_REACH, _REACH, _STEPS)
    codes = np.zeros((len(chosen), _STEPS, posterior.mean.shape[1]), np.float32)
    for row, number in enumerate(chosen):
        codes[row, :, number] = values
    sheet = image_sheet(_decode(model, codes.reshape(-1, codes.shape[2])), _STEPS)
    yield html.picture(sheet, _WIDTH, "one number changed at a time")
    yield html.paragraph(
        f"Each row changes one number from {-_REACH:g} to {_REACH:g}, the others being "
        "0; the numbers that say most come first."
    )


def _map(
    model: "ServedModel", posterior: "Posterior", labels: Sequence[str]
) -> Iterator[Any]:
    """The plane in which the means of the codes spread most."""
    import numpy as np

    middle = posterior.mean.mean(axis=0)
    _, _, axes = np.linalg.svd(posterior.mean - middle, full_matrices=False)
    plane = axes[:2]
    if len(plane) < 2:
        return
    places = (posterior.mean - middle) @ plane.T
    names = sorted(set(labels))
    yield html.subheading("Map of the codes", "evaluation-map")
    yield html.labelled_points(
        places[:_POINTS].tolist(),
        list(labels[:_POINTS]),
        "Codes of images, by class",
        [names.index(label) for label in labels[:_POINTS]],
    )
    reach = np.maximum(np.quantile(np.abs(places), 0.98, axis=0), _LEAST)
    steps = np.linspace(-1.0, 1.0, _MAP_SIDE)
    grid = np.stack(np.meshgrid(steps, -steps), axis=-1).reshape(-1, 2) * reach
    codes = (grid @ plane + middle).astype(np.float32)
    sheet = image_sheet(_decode(model, codes), _MAP_SIDE)
    yield html.picture(sheet, _WIDTH // 2, "pictures from all over the map")
    yield html.paragraph(
        "The two directions in which the means of the codes differ most, and the "
        "pictures that lie in that plane, from the same left to the same right."
    )


def _decode(model: "ServedModel", codes: "NDArray[Any]") -> "NDArray[Any]":
    return model.answers(DECODE, IMAGES, code=codes)
