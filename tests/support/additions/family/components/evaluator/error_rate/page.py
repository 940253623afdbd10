# SPDX-License-Identifier: Apache-2.0
"""Part of the evaluation section on a classifier measured by its error rate."""

from markupsafe import Markup

from components.contracts.step_data import StepData
from components.report import html


def render_body(data: StepData) -> Markup:
    """Make the part of the section from what the evaluation returned.

    Args:
        data: Facts of the evaluation.
    """
    return html.paragraph(f"Nearest to a wrong centroid: {data.facts['num_wrong']}.")
