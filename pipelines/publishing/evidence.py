# SPDX-License-Identifier: Apache-2.0
"""The evidence of a published version: which checks stood behind it, in full.

It travels with the model, in `models/<recipe>/<version>/evidence`, and stays in
`models/<recipe>/evidence/<version>` when the model itself is removed as too old.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from components.contracts.verdicts import GateCheck
from components.core.errors import DamagedFile
from components.core.hashing import file_sha256, hash_directory
from components.core.json_files import read_json, read_json_record, write_json
from components.core.records import read_record
from components.evaluator.metrics import METRICS_FILE
from components.ingest.source_list import SourceList
from components.model_store.published import PROVENANCE_FILE
from components.model_store.registry import find_registered
from components.validation.verdict import DataCheck
from pipelines.approvals.record import APPROVALS_FILE
from pipelines.approvals.status import LimitStatus, limit_status
from pipelines.config import Config
from pipelines.data_version import DataVersion
from pipelines.lineage.store import ExecutionRecord
from pipelines.nodes import (
    DATA_NODES,
    EVALUATE,
    SUMMARISE_DISTRIBUTIONS,
    VALIDATE_ITEMS,
)
from pipelines.publishing.passed_run import PassedRun
from pipelines.report_pages import write_dataset_page, write_recipe_page
from pipelines.run_record import RunRecord
from pipelines.sbom import LOCK_FILE, SBOM_FILE, environment_lock, write_sbom
from pipelines.verdicts import RecipeVerdict, dataset_verdict, verdict_content

EVIDENCE_FOLDER: Final = "evidence"
MANIFEST_FILE: Final = "evidence.json"
DATA_VERDICT_FILE: Final = "data_verdict.json"
MODEL_VERDICT_FILE: Final = "model_verdict.json"
EXPECTATIONS_FILE: Final = "expectations.json"
SCHEMA_FILE: Final = "schema.pbtxt"
DATA_PAGE: Final = "data.html"
MODEL_PAGE: Final = "model.html"


@dataclass(frozen=True)
class NodeEvidence:
    """The execution of one node of the run."""

    node: str
    """Node id."""

    execution: int
    """MLMD's id in the state folder of the run."""

    state: str
    """`COMPLETE` or `CACHED`."""

    code_fingerprint: str
    """Fingerprint of the code that ran; empty for nodes of TFX's own."""


@dataclass(frozen=True)
class Evidence:
    """Content of evidence.json: what the other files are about, and their hashes."""

    recipe: str
    """Name of the recipe."""

    run: str
    """Name of the run."""

    model_sha256: str
    """Hash over the files that were evaluated and pushed."""

    model_key: str
    """Hash of everything that determines the model."""

    data: DataVersion
    """The data version."""

    source_list_sha256: str
    """Checksum of the source list of the data."""

    baseline: str
    """Published version that the model was compared with; empty for none."""

    commit: str
    """Git commit of the code."""

    nodes: tuple[NodeEvidence, ...]
    """The executions of the run."""

    waived: tuple[str, ...]
    """Checks that did not pass, or did not apply, and did not stop the model."""

    provisional: tuple[str, ...]
    """What keeps others from repeating the run as it was, and limits that nobody has
    approved."""

    files: Mapping[str, str]
    """Name -> SHA-256 of the other files of the evidence."""

    limits: tuple[str, ...] = ()
    """Who approved the limits of the data, and which were changed; empty for curated
    ones."""


def write_evidence(
    folder: Path, config: Config, source_list: SourceList, run: PassedRun, model: Path
) -> None:
    """Write the evidence of a model that passed.

    Args:
        folder: The new folder of the evidence.
        config: All parameters.
        source_list: Source list of the data set.
        run: The run that made the model.
        model: Folder of the model, with its provenance and metrics.
    """
    folder.mkdir()
    record, verdict, executions = run.record, run.verdict, run.executions
    limits = limit_status(config.root, source_list.dataset, record.limits)
    _write_verdicts(folder, run, limits)
    shutil.copy(run.schema / SCHEMA_FILE, folder)
    for name in (PROVENANCE_FILE, METRICS_FILE):
        shutil.copy(model / name, folder)
    lock = environment_lock(config.root)
    if lock:
        write_sbom(lock, folder / SBOM_FILE)
    write_recipe_page(config, source_list, record, verdict, folder / MODEL_PAGE)
    data_steps = [step for step in record.steps if step.node in DATA_NODES]
    data_run = replace(record, steps=data_steps)
    write_dataset_page(source_list, data_run, folder / DATA_PAGE, limits)
    if limits:
        approvals = config.root / "data" / source_list.dataset / APPROVALS_FILE
        shutil.copy(approvals, folder)
    evidence = Evidence(
        recipe=verdict.recipe,
        run=verdict.run,
        model_sha256=verdict.model_sha256,
        model_key=verdict.model_key,
        data=verdict.data,
        source_list_sha256=source_list.sha256,
        baseline=record.baseline,
        commit=record.commit,
        nodes=tuple(map(_node_evidence, executions.values())),
        waived=(*_waived(folder, verdict), *(limits.waived if limits else ())),
        provisional=(
            *_provisional(record, lock),
            *(limits.provisional if limits else ()),
        ),
        files={path.name: file_sha256(path) for path in sorted(folder.iterdir())},
        limits=limits.lines if limits else (),
    )
    write_json(folder / MANIFEST_FILE, asdict(evidence))


def read_evidence(version: Path) -> Evidence:
    """Read the evidence of a version, whose model may be removed by now.

    Args:
        version: `models/<recipe>/<version>`, which need not exist.

    Raises:
        DamagedFile: If the evidence is missing, damaged, or not what the registry of
            the versions says.
    """
    folder = evidence_folder(version)
    remedy = f"Get the published one back with: dvc checkout {version.parent}"
    registered = find_registered(version.parent, int(version.name))
    expected = registered.evidence_sha256 if registered else "none in the registry"
    received = hash_directory(folder) if folder.is_dir() else "no folder"
    if received != expected:
        reason = f"expected sha256 {expected}, received {received}"
        raise DamagedFile(folder, reason, remedy)
    return read_json_record(Evidence, folder / MANIFEST_FILE, remedy)


def read_data_checks(folder: Path) -> list[DataCheck]:
    """Read the checks of the data, of both stages."""
    content = read_json(folder / DATA_VERDICT_FILE, "Publish the model again.")
    return [
        _data_check(check)
        for result in content["results"].values()
        for check in result["checks"]
    ]


def read_model_checks(folder: Path) -> list[GateCheck]:
    """Read the checks of the model's gate."""
    content = read_json(folder / MODEL_VERDICT_FILE, "Publish the model again.")
    return [
        read_record(GateCheck, check, MODEL_VERDICT_FILE) for check in content["checks"]
    ]


def evidence_folder(version: Path) -> Path:
    """Folder of the evidence of a version, whose model may be removed by now.

    Args:
        version: `models/<recipe>/<version>`, which need not exist.
    """
    beside_model = version / EVIDENCE_FOLDER
    kept = version.parent / EVIDENCE_FOLDER / version.name
    return kept if kept.is_dir() and not beside_model.is_dir() else beside_model


def _write_verdicts(folder: Path, run: PassedRun, limits: LimitStatus | None) -> None:
    verdict, executions = run.verdict, run.executions
    data = verdict_content(dataset_verdict(run.record, limits))
    write_json(folder / DATA_VERDICT_FILE, data)
    gate = executions[EVALUATE].parameters["gate"]
    write_json(folder / MODEL_VERDICT_FILE, {**asdict(verdict), "gate": gate})
    stages = {"items": VALIDATE_ITEMS, "distributions": SUMMARISE_DISTRIBUTIONS}
    expectations = {
        stage: executions[node].parameters["expectations"]
        for stage, node in stages.items()
    }
    write_json(folder / EXPECTATIONS_FILE, expectations)


def _node_evidence(execution: ExecutionRecord) -> NodeEvidence:
    parameters = execution.parameters
    config = parameters.get("custom_config")
    nested = config if isinstance(config, Mapping) else {}
    fingerprint = parameters.get("code_fingerprint", nested.get("code_fingerprint", ""))
    return NodeEvidence(execution.node, execution.id, execution.state, str(fingerprint))


def _waived(folder: Path, verdict: RecipeVerdict) -> Iterator[str]:
    for check in read_data_checks(folder):
        if not check.passed:
            yield (
                f"{check.name} ({check.severity}): wanted {check.wanted}; received "
                f"{check.received}"
            )
    yield from (f"{check.name}: {check.note}" for check in verdict.checks if check.note)


def _provisional(record: RunRecord, lock: Path | None) -> Iterator[str]:
    commit = record.commit
    if not lock:
        yield f"there is no {LOCK_FILE} that says with which libraries it was made"
    if not record.data.matches_dvc_lock:
        yield "dvc.lock does not record this data version"
    if not commit or "," in commit:
        yield f"the code is not that of a commit ({commit or 'no git repository'})"


def _data_check(content: Mapping[str, Any]) -> DataCheck:
    given = {name: value for name, value in content.items() if name != "passed"}
    return read_record(DataCheck, given, DATA_VERDICT_FILE)
