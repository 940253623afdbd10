# SPDX-License-Identifier: Apache-2.0
"""What a report shows of an autoencoder: pictures, and figures beside simpler means."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from components.evaluator.images import to_images
from components.evaluator.reconstruction.classical_filters import FILTERS
from components.report import html
from components.report.fragments.image_sheet import image_sheet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from components.evaluator.reconstruction.autoencoding_metrics import Coding
    from components.evaluator.reconstruction.denoising_metrics import Restoration
    from components.evaluator.reconstruction.references import Surroundings
    from components.images.noise import Noise

_ORIGINALS: Final = 20
_NOISY: Final = 50
_COLUMNS: Final = 10
_WIDTH: Final = 640
_SHEET_WIDTH: Final = 300
_BINS: Final = 20
_LARGEST_BIN: Final = 0.2
_NAMES: Final = {"gaussian": "Gaussian noise", "salt_pepper": "salt and pepper"}


def page_html(
    around: "Surroundings",
    coded: "Coding | None",
    freed: "Restoration | None",
    classes: tuple[str, ...],
) -> str:
    """The autoencoder's part of the section.

    Args:
        around: Images, and what simpler means make of them.
        coded: What became of them in a code.
        freed: What became of the noisy ones.
        classes: Class names in order.
    """
    parts = [
        *(_coding(around, coded, classes) if coded else ()),
        *(_restoration(around, freed, classes) if freed else ()),
    ]
    return str(html.join(*parts))


def _coding(
    around: "Surroundings", coded: "Coding", classes: tuple[str, ...]
) -> Iterator[Any]:
    import numpy as np

    sets = (around.pixels, coded.restored, coded.shuffled)
    pictures = np.concatenate([images[:_ORIGINALS] for images in sets])
    values = coded.values
    yield html.subheading("Through the code and back", "evaluation-code")
    yield html.picture(
        image_sheet(to_images(pictures), len(around.pixels[:_ORIGINALS])),
        _WIDTH,
        "originals, images given back, and images from codes of others",
    )
    yield html.paragraph(
        "Originals; below them what decode(encode(image)) gives back; below that what "
        "comes of the codes when they are dealt out to other images. The last row must "
        "differ: otherwise the image went past the code. Its error is "
        f"{values['test_shuffled_code_mse_ratio']:.1f} times that of the second."
    )
    simpler = {
        "mean training image": "baseline_mean_image_mse",
        "principal components, as many as code numbers": "baseline_pca_code_size_mse",
        "principal components, as many as units on": "baseline_pca_units_on_mse",
        "this model": "test_mse",
    }
    rows = [[name, values[key]] for name, key in simpler.items() if key in values]
    yield html.table(["", "Mean squared error"], rows)
    if around.images[0].size <= coded.codes.shape[1]:
        yield html.paragraph(
            "With as many components as pixels nothing is lost, and nothing is learnt."
        )
    yield html.bar_chart(
        classes,
        {"error": [values.get(f"test_mse_{name}") or 0.0 for name in classes]},
        "Mean squared error by class",
    )
    if "test_mean_activation" in values:
        yield _activations(coded)


def _activations(coded: "Coding") -> Any:
    import numpy as np

    means = coded.codes.mean(axis=0).clip(max=_LARGEST_BIN)
    counts, edges = np.histogram(means, _BINS, (0.0, _LARGEST_BIN))
    labels = [f"{edge:.2f}" for edge in edges[:-1]]
    labels[-1] += " or more"
    return html.join(
        html.subheading("How quiet the units are", "evaluation-activity"),
        html.bar_chart(labels, {"units": counts.tolist()}, "Mean activation", "units"),
        html.facts_list(
            {
                "Units": coded.codes.shape[1],
                "Mean activation": coded.values["test_mean_activation"],
                "Units in the wanted band": coded.values["test_units_in_band_share"],
                "Active units": coded.values["test_active_units"],
                "Units on per image": coded.values["test_units_on_per_image"],
            }
        ),
    )


def _restoration(
    around: "Surroundings", freed: "Restoration", classes: tuple[str, ...]
) -> Iterator[Any]:
    yield html.subheading("Freed of noise", "evaluation-noise")
    yield _comparison(freed.values)
    for noise, restored in freed.restored.items():
        yield html.subheading(f"After {_NAMES[noise]}", f"evaluation-{noise}")
        yield _sheets(noise, around, restored)
        by_class = [freed.values.get(f"test_psnr_{noise}_db_{c}") for c in classes]
        yield html.bar_chart(
            classes, {"PSNR": [v or 0.0 for v in by_class]}, "PSNR by class", "dB"
        )


def _comparison(values: dict[str, float]) -> Any:
    rows = {
        "noisy images": "baseline_noisy_{}_db",
        "mean training image": "baseline_mean_image_{}_db",
        **{name.replace("_", " "): f"baseline_{name}_{{}}_db" for name in FILTERS},
        "this model": "test_psnr_{}_db",
        "over the best filter": "test_gain_{}_db",
    }
    return html.table(
        ["PSNR, dB", *(name.capitalize() for name in _NAMES.values())],
        [
            [name, *(values[key.format(n)] for n in _NAMES)]
            for name, key in rows.items()
        ],
    )


def _sheets(noise: "Noise", around: "Surroundings", restored: "NDArray[Any]") -> Any:
    sets = {
        "noisy": around.noisy[noise],
        "restored": restored,
        "clean": around.pixels,
    }
    pictures = [
        (image_sheet(to_images(images[:_NOISY]), _COLUMNS), name)
        for name, images in sets.items()
    ]
    return html.image_grid(pictures, size=_SHEET_WIDTH, columns=3, alt="digits")
