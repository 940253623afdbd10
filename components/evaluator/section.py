# SPDX-License-Identifier: Apache-2.0
"""Report section on an evaluation: verdict, metrics, and how they were measured."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from markupsafe import Markup

from components.contracts.step_data import StepData
from components.contracts.verdicts import GateCheck
from components.evaluator.metrics import UNIT
from components.report import html
from components.report.section import Section

SECTION_NAME = "evaluation"


def render(data: StepData) -> Section:
    """Make the section.

    Args:
        data: Data that Evaluate wrote.
    """
    facts = data.facts
    checks = [GateCheck(**check) for check in facts["checks"]]
    failed = [check for check in checks if not check.passed]
    return Section(
        name=SECTION_NAME,
        title="Evaluation",
        summary=_summary(checks, failed),
        verdict="refused" if failed else "passed",
        html=str(html.join(*_body(data, checks))),
        facts={
            name: facts[name] for name in ("checks", "metrics", "protocol", "baseline")
        },
    )


def _summary(checks: list[GateCheck], failed: list[GateCheck]) -> str:
    if not failed:
        worded = [f"{check.name} {check.received}" for check in checks]
        return f"All {len(checks)} checks of the gate hold: {', '.join(worded)}."
    worded = [f"{c.name} wanted {c.wanted}, received {c.received}" for c in failed]
    return (
        f"Refused: {len(failed)} of {len(checks)} checks of the gate failed: "
        f"{'; '.join(worded)}."
    )


def _body(data: StepData, checks: list[GateCheck]) -> Iterator[Any]:
    facts = data.facts
    yield html.checks_table(checks, "The gate")
    if facts["baseline"] is None:
        yield html.paragraph("Nothing is published yet that it could be compared with.")
    yield _details(data)
    yield html.details("All figures, with units", _all_metrics(facts))
    protocol = {
        name.replace("_", " "): html.code(text) if "sha256" in name else text
        for name, text in facts["protocol"].items()
        if not name.startswith(UNIT)
    }
    yield html.details("How they were measured", html.facts_list(protocol))


def _details(data: StepData) -> Markup:
    """The part that the renderer of the evaluate function makes; empty without one."""
    name = data.facts["renderer"]
    if not name:
        return Markup("")
    body: Markup = import_module(name).render_body(
        StepData(name, data.facts["details"], data.folder)
    )
    return body


def _all_metrics(facts: Mapping[str, Any]) -> Any:
    baseline, protocol = facts["baseline"], facts["protocol"]
    rows = [
        [
            name,
            value,
            *([baseline.get(name)] if baseline else []),
            protocol.get(UNIT + name, ""),
        ]
        for name, value in facts["metrics"].items()
    ]
    published = ["Published model"] if baseline else []
    return html.table(["Metric", "Candidate", *published, "Unit"], rows)
