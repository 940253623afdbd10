# SPDX-License-Identifier: Apache-2.0
"""Report pages as `system.HTML`.

KFP's page loads the file into a frame (`srcdoc`, `sandbox="allow-scripts"`). There the
address of the document is `about:srcdoc`, but links are resolved against the address of
KFP's page: without a base of its own a link to a section would load KFP's page into the
frame. The base stands before the page's policy, which allows none.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from components.contracts.step_data import read_step_data
from components.core.git import git_state
from components.core.project import project_root
from components.ingest.source_list import SourceList, raw_folder, read_source_list
from components.validation.verdict import read_verdict
from pipelines.approvals.status import limit_status
from pipelines.data_version import DataVersion, describe_commit
from pipelines.kubeflow.visualizations.drawing import Drawing
from pipelines.nodes import (
    DISTRIBUTION_GATE,
    DISTRIBUTION_VALIDATION,
    ITEM_GATE,
    ITEM_VALIDATION,
    NodeOutput,
)
from pipelines.report_pages import write_dataset_page, write_items_page
from pipelines.run_record import RunRecord, StepRecord

PAGE_FILE: Final = "index.html"
HEAD: Final = "<head>\n"
BASE: Final = '<base href="about:srcdoc">\n'
_ELSEWHERE: Final = "times are on Kubeflow's own page"


def item_report(folders: Mapping[str, Path]) -> Drawing:
    """The data report as far as it is known when the items are checked.

    Args:
        folders: `result` is the folder of the ValidationResult.
    """
    record = _record(ITEM_GATE, {ITEM_VALIDATION: folders["result"]})
    return _draw(write_items_page, record)


def data_report(folders: Mapping[str, Path]) -> Drawing:
    """The whole data report.

    Args:
        folders: `item_result` and `result` are the folders of the ValidationResults.
    """
    outputs = {
        ITEM_VALIDATION: folders["item_result"],
        DISTRIBUTION_VALIDATION: folders["result"],
    }
    record = _record(DISTRIBUTION_GATE, outputs)
    limits = limit_status(project_root(), record.data.dataset)
    return _draw(partial(write_dataset_page, limits=limits), record)


def report(folders: Mapping[str, Path]) -> Drawing:
    """The page of the run.

    Args:
        folders: `page` is the folder of the ReportPage.
    """
    page = (folders["page"] / PAGE_FILE).read_text(encoding="utf-8")
    return Drawing(html=in_frame(page))


def in_frame(page: str) -> str:
    """Make the links of a page work in KFP's frame.

    Args:
        page: A report page.

    Raises:
        ValueError: If it is none.
    """
    before, head, after = page.partition(HEAD)
    if not head:
        raise ValueError(f"expected a page with a head.\nReceived {page[:80]!r}.")
    return f"{before}{head}{BASE}{after}"


def _draw(write: Any, record: RunRecord) -> Drawing:
    source_list: SourceList = read_source_list(project_root(), record.data.dataset)
    with TemporaryDirectory(prefix="prodl-page-") as folder:
        path = Path(folder) / PAGE_FILE
        write(source_list, record, path)
        return Drawing(html=in_frame(path.read_text(encoding="utf-8")))


def _record(gate: str, outputs: Mapping[NodeOutput, Path]) -> RunRecord:
    """The record of the data steps; the gate will do what the verdict says."""
    steps = [
        StepRecord(output.node, "ran", _ELSEWHERE, outputs={output.key: str(folder)})
        for output, folder in outputs.items()
    ]
    verdicts = [read_verdict(folder) for folder in outputs.values()]
    if not verdicts[-1].passed:
        names = ", ".join(check.name for check in verdicts[-1].blocking)
        steps.append(StepRecord(gate, "refused", names or "no check ran"))
    data = _data_version(outputs[ITEM_VALIDATION])
    return RunRecord(
        name=f"{data.dataset}.{datetime.now(UTC):%Y%m%dT%H%M%S}",
        commit=describe_commit(*git_state()),
        data=data,
        steps=steps,
    )


def _data_version(result: Path) -> DataVersion:
    """The data version, from the facts that ValidateItems shows."""
    facts: Mapping[str, str] = read_step_data(result).facts["dataset"]
    dataset, variant = facts["dataset"], facts["variant"]
    return DataVersion(
        dataset=dataset,
        variant=variant,
        folder=raw_folder(dataset, variant),
        content_sha256=facts["content_sha256"],
        dvc_md5=facts["dvc_md5"],
        # The version was taken from dvc.lock when the graph was compiled.
        matches_dvc_lock=True,
    )
