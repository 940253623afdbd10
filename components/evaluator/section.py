# SPDX-License-Identifier: Apache-2.0
"""The report section on an evaluation: verdict, figures, and what they stand on."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from markupsafe import Markup

from components.evaluator.evaluation import Evaluation
from components.evaluator.metrics import UNIT
from components.report import html
from components.report.section import Section

SECTION_NAME = "evaluation"


def evaluation_section(evaluation: Evaluation) -> Section:
    """Describe an evaluation.

    Args:
        evaluation: What became of the candidate.
    """
    return Section(
        name=SECTION_NAME,
        title="Evaluation",
        summary=_summary(evaluation),
        verdict="passed" if evaluation.blessed else "refused",
        html=str(html.join(*_body(evaluation))),
        facts={
            "checks": [asdict(check) for check in evaluation.checks],
            "metrics": dict(evaluation.metrics.values),
            "protocol": dict(evaluation.metrics.protocol),
            "baseline": _baseline_values(evaluation),
        },
    )


def _summary(evaluation: Evaluation) -> str:
    checks, failed = evaluation.checks, evaluation.failed
    if not failed:
        worded = [f"{check.name} {check.received}" for check in checks]
        return f"All {len(checks)} checks of the gate hold: {', '.join(worded)}."
    worded = [f"{c.name} wanted {c.wanted}, received {c.received}" for c in failed]
    return (
        f"Refused: {len(failed)} of {len(checks)} checks of the gate failed: "
        f"{'; '.join(worded)}."
    )


def _body(evaluation: Evaluation) -> Iterator[Any]:
    metrics = evaluation.metrics
    yield html.checks_table(evaluation.checks, "The gate")
    if evaluation.baseline is None:
        yield html.paragraph("Nothing is published yet that it could be compared with.")
    # Fragments of an evaluate function are made with components/report like our own.
    yield Markup(metrics.html)
    yield html.details("All figures, with units", _all_figures(evaluation))
    protocol = {
        name.replace("_", " "): html.code(text) if "sha256" in name else text
        for name, text in metrics.protocol.items()
        if not name.startswith(UNIT)
    }
    yield html.details("How they were measured", html.facts_list(protocol))


def _all_figures(evaluation: Evaluation) -> Any:
    metrics, baseline = evaluation.metrics, _baseline_values(evaluation)
    rows = [
        [name, value, *([baseline.get(name)] if baseline else []), metrics.unit(name)]
        for name, value in metrics.values.items()
    ]
    published = ["Published model"] if baseline else []
    return html.table(["Metric", "Candidate", *published, "Unit"], rows)


def _baseline_values(evaluation: Evaluation) -> dict[str, float] | None:
    return dict(evaluation.baseline.values) if evaluation.baseline else None
