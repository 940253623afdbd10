# SPDX-License-Identifier: Apache-2.0
"""Part of an evaluation section on the linear probe of a code, beside its rivals."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from markupsafe import Markup

from components.evaluator.linear_probe_names import CODE, COMPONENTS, PIXELS
from components.report import html

_ROWS: Final = {
    CODE: "the code",
    COMPONENTS: "principal components, as many as numbers per code",
    PIXELS: "the pixels",
}


def render_probe(facts: Mapping[str, Any]) -> Iterator[Markup]:
    """Make the table of accuracies, or say why there is none.

    Args:
        facts: `Probe.facts` of linear_probe.py.
    """
    yield html.subheading("Linear probe", "evaluation-probe")
    if "reason" in facts:
        yield html.paragraph(f"Not measured: {facts['reason']}.")
        return
    rows = [
        [label, facts["values"][name], _worded(facts["intervals"][name])]
        for name, label in _ROWS.items()
    ]
    yield html.table(["Features", "Accuracy", "95 % interval"], rows)
    yield html.paragraph(
        "Share of the images whose class a logistic regression tells by these "
        f"features. It is fitted to {facts['fitted']:,} labelled training images and "
        "scored once; intervals are over the images."
    )


def _worded(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.4f} to {interval[1]:.4f}"
