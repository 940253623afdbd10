# SPDX-License-Identifier: Apache-2.0
"""The checks behind a published version as text, from its evidence."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from components.contracts.verdicts import GateCheck
from components.validation.verdict import DataCheck
from pipelines.publishing.evidence import (
    DATA_PAGE,
    MODEL_PAGE,
    evidence_folder,
    read_data_checks,
    read_evidence,
    read_model_checks,
)


def check_lines(version: Path) -> list[str]:
    """List every check that stood behind a version, with what was waived.

    Args:
        version: `models/<recipe>/<version>`, which need not exist any more.

    Raises:
        DamagedFile: If the evidence is not as it was published.
    """
    evidence, folder = read_evidence(version), evidence_folder(version)
    data = read_data_checks(folder)
    model = read_model_checks(folder)
    return [
        f"checks of the data: {_count(data)}",
        *map(_line, data),
        f"checks of the model: {_count(model)}",
        *map(_line, model),
        *_listed("waived", evidence.waived),
        *_listed("provisional", evidence.provisional),
        *(_listed("limits of the data", evidence.limits) if evidence.limits else ()),
        f"pages: {folder / MODEL_PAGE}, {folder / DATA_PAGE}",
    ]


def _count(checks: list[DataCheck] | list[GateCheck]) -> str:
    return f"{sum(check.passed for check in checks)} of {len(checks)} passed"


def _line(check: DataCheck | GateCheck) -> str:
    word = "passed" if check.passed else "failed"
    return f"  {word} {check.name}: wanted {check.wanted}; received {check.received}"


def _listed(heading: str, texts: Iterable[str]) -> Iterator[str]:
    given = list(texts)
    yield f"{heading}:" if given else f"{heading}: nothing"
    yield from (f"  {text}" for text in given)
