# SPDX-License-Identifier: Apache-2.0
"""Outputs of a run for DVC: metrics, plot data, verdict and report page."""

import shutil
from pathlib import Path

from components.core.files import replace_atomically
from components.core.json_files import write_json
from components.evaluator.metrics import read_metrics
from components.ingest.source_list import SourceList
from pipelines.approvals.status import limit_status
from pipelines.config import Config
from pipelines.git_ignore import keep_out_of_git
from pipelines.lineage.blessing import read_blessing
from pipelines.lineage.database import DATABASE
from pipelines.nodes import EVALUATION, MODEL_RUN
from pipelines.report_pages import write_dataset_page, write_recipe_page
from pipelines.run_record import RunRecord
from pipelines.verdicts import (
    DatasetVerdict,
    RecipeVerdict,
    dataset_verdict,
    recipe_verdict,
    write_verdict,
)


def write_recipe_outputs(
    name: str, config: Config, source_list: SourceList, state: Path, record: RunRecord
) -> RecipeVerdict:
    """Write `metrics/<name>.json` and `reports/<name>/` of a run; return its verdict.

    Args:
        name: Name of the recipe.
        config: All parameters.
        source_list: Source list of the recipe's data set.
        state: The state folder.
        record: The run.
    """
    blessing = read_blessing(state / DATABASE, record.name)
    verdict = recipe_verdict(name, state, record, blessing)
    evaluation = record.output(EVALUATION)
    reports = config.root / "reports"
    keep_out_of_git(config.root, reports / name)
    with replace_atomically(reports / name) as folder:
        folder.mkdir()
        write_verdict(verdict, folder)
        _copy_file(record.output(MODEL_RUN), "history.csv", folder)
        _copy_folder(record.output(MODEL_RUN), "tensorboard", folder)
        _copy_file(evaluation, "confusion.csv", folder)
        page = folder / "index.html"
        write_recipe_page(config, source_list, record, verdict, page)
    if evaluation:
        metrics = config.root / "metrics" / f"{name}.json"
        write_json(metrics, read_metrics(evaluation).values)
    return verdict


def write_dataset_outputs(
    root: Path, source_list: SourceList, record: RunRecord
) -> DatasetVerdict:
    """Write `reports/data/<dataset>/` of a validation run; return its verdict.

    Args:
        root: The project's root folder.
        source_list: Source list of the data set.
        record: The run.
    """
    reports = root / "reports" / "data"
    keep_out_of_git(root, reports / source_list.dataset)
    with replace_atomically(reports / source_list.dataset) as folder:
        folder.mkdir()
        limits = limit_status(root, source_list.dataset, record.limits)
        verdict = dataset_verdict(record, limits)
        write_verdict(verdict, folder)
        write_dataset_page(source_list, record, folder / "index.html", limits)
    return verdict


def _copy_file(source: Path | None, name: str, target: Path) -> None:
    if source and (source / name).exists():
        shutil.copy(source / name, target / name)


def _copy_folder(source: Path | None, name: str, target: Path) -> None:
    if source and (source / name).exists():
        shutil.copytree(source / name, target / name)
