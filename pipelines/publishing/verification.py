# SPDX-License-Identifier: Apache-2.0
"""Verification of a published version: hashes, evidence, provenance, every metric."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.core.errors import DataNotObtainable, ProdlError
from components.core.hashing import hash_directory
from components.evaluator.metrics import METRICS_FILE, read_metrics
from components.ingest.checksums import dvc_directory_md5
from components.model_store.published import read_provenance
from components.model_store.registry import RegisteredVersion, find_registered
from components.pusher.model_card import CARD_FILE
from pipelines.config import Config
from pipelines.context import RunContext, recipe_context
from pipelines.data_version import locked_md5
from pipelines.publishing.evidence import EVIDENCE_FOLDER, read_evidence

# Rounding of another processor or batch size; the same machine repeats exactly.
RELATIVE_TOLERANCE: Final = 1e-4
ABSOLUTE_TOLERANCE: Final = 1e-6

Measure = Callable[[RunContext, Path], Mapping[str, float]]


@dataclass(frozen=True)
class Finding:
    """One recorded fact of a version, compared with what was found."""

    what: str
    """The fact."""

    expected: str
    """As it was recorded."""

    received: str
    """As it was found."""

    agrees: bool | None
    """Whether both are the same; None for a note, which decides nothing."""


def verify_version(
    config: Config, recipe: str, version: Path, measure: Measure
) -> Iterator[Finding]:
    """Compare everything that is recorded of a published version with what is there.

    Args:
        config: All parameters.
        recipe: Name of the recipe.
        version: Folder of the version.
        measure: Measures a model again: (recipe with its data, folder) -> metrics.

    Yields:
        The findings, as they become known; measuring comes last.
    """
    registered = find_registered(version.parent, int(version.name))
    if registered is None:
        yield Finding("registry", f"an entry {version.name}", "none", False)
        return
    files = _compare("sha256 of all files", registered.sha256, hash_directory(version))
    yield files
    added = (METRICS_FILE, CARD_FILE, EVIDENCE_FOLDER)
    model_sha256 = hash_directory(version, without=added)
    yield _compare(
        "sha256 of the evaluated model", registered.model_sha256, model_sha256
    )
    yield _dvc_lock(config.root, version.parent)
    # Nothing of a changed folder is loaded.
    if files.agrees:
        yield from _evidence(version, registered)
        yield from _provenance(recipe, version, registered)
        yield from _data_and_metrics(config, recipe, version, measure)


def _dvc_lock(root: Path, published: Path) -> Finding:
    """Note whether dvc.lock has these versions: publishing alone leaves it."""
    locked = locked_md5(root, str(published.relative_to(root)))
    return Finding(
        f"md5 of {published.name} in dvc.lock",
        locked or "no entry",
        dvc_directory_md5(published),
        None,
    )


def _evidence(version: Path, registered: RegisteredVersion) -> Iterator[Finding]:
    try:
        evidence = read_evidence(version)
    except ProdlError as error:
        yield Finding("evidence", "as published", str(error), False)
        return
    yield Finding(
        "evidence", registered.evidence_sha256, registered.evidence_sha256, True
    )
    model_sha256 = registered.model_sha256
    yield _compare("model in the evidence", model_sha256, evidence.model_sha256)
    yield _compare("run in the evidence", registered.run, evidence.run)
    provenance: Mapping[str, Any] = read_provenance(version)
    recorded = provenance.get("dataset", {}).get("content_sha256", "")
    yield _compare("data in the evidence", recorded, evidence.data.content_sha256)


def _provenance(
    recipe: str, version: Path, registered: RegisteredVersion
) -> Iterator[Finding]:
    provenance = read_provenance(version)
    yield _compare("recipe in provenance.json", recipe, provenance.get("recipe"))
    key = provenance.get("model_key")
    yield _compare("model key in provenance.json", registered.model_key, key)


def _data_and_metrics(
    config: Config, recipe: str, version: Path, measure: Measure
) -> Iterator[Finding]:
    provenance: Mapping[str, Any] = read_provenance(version)
    expected = str(provenance["dataset"]["content_sha256"])
    try:
        context = recipe_context(config, recipe)
    except DataNotObtainable as error:
        yield Finding("sha256 of the raw data", expected, str(error), False)
        return
    data = _compare("sha256 of the raw data", expected, context.data.content_sha256)
    yield data
    if not data.agrees:
        yield _not_measured("other data; get those with git and dvc checkout", version)
        return
    # A figure that another evaluation gives says nothing against the model.
    yield Finding(
        "key of today's code and parameters",
        str(provenance.get("model_key")),
        context.model_key,
        None,
    )
    try:
        measured = measure(context, version)
    except ProdlError as error:
        yield _not_measured(str(error), version)
        return
    for name, value in read_metrics(version).values.items():
        yield _compare_metric(name, value, measured.get(name))


def _not_measured(reason: str, version: Path) -> Finding:
    count = len(read_metrics(version).values)
    return Finding(f"{count} metrics", "measured again", reason, False)


def _compare(what: str, expected: object, received: object) -> Finding:
    return Finding(what, str(expected), str(received), expected == received)


def _compare_metric(name: str, reported: float, measured: float | None) -> Finding:
    agrees = measured is not None and math.isclose(
        reported, measured, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE
    )
    received = "not measured" if measured is None else repr(measured)
    return Finding(name, repr(reported), received, agrees)
