# SPDX-License-Identifier: Apache-2.0
"""Part of the evaluation section on a model that memorised one passage."""

from markupsafe import Markup

from components.contracts.step_data import StepData
from components.report import html


def render_body(data: StepData) -> Markup:
    """Make the part of the section from what the evaluation returned.

    Args:
        data: Facts of the evaluation.
    """
    facts = data.facts
    rows = [["the passage", facts["continuation"]], ["this model", facts["completion"]]]
    if facts["printed_continuation"]:
        rows.append(["printed in the book", facts["printed_continuation"]])
    return html.join(
        html.subheading("Memorised passage", "evaluation-passage"),
        html.paragraph(_warning(facts["values"])),
        html.table(["", f"After {facts['prompt']!r}"], rows),
        *([html.paragraph(remark)] if (remark := facts["remark"]) else ()),
    )


def _warning(values: dict[str, float]) -> str:
    return (
        "This is memorisation, as in the book: the model was trained on the words that "
        "it completes here. On unseen text its accuracy is "
        f"{values['test_top1_accuracy']:.1%}, its perplexity "
        f"{values['test_perplexity_known_per_token']:,.0f}. Accuracy on the passage "
        f"cannot exceed {values['passage_accuracy_ceiling']:.2%}: some windows have "
        "more than one next word."
    )
