# SPDX-License-Identifier: Apache-2.0
"""`prodl list`: data sets, recipes and families of a project, and what is published."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from components.core.errors import ProdlError
from components.core.number_format import format_number
from components.core.project import project_root, state_dir
from components.evaluator.metrics import read_metrics
from components.ingest.source_list import read_source_list
from pipelines.approvals.status import limit_status
from pipelines.config import Config, RecipeConfig, load_config
from pipelines.families import FAMILIES
from pipelines.nodes import ITEMS
from pipelines.published_models import published_versions
from pipelines.run_record import load_record

Row = Sequence[str]
NONE: Final = "-"


@click.command()
def command() -> None:
    """List data sets, recipes with what is published of them, and families."""
    click.echo(list_project())


def list_project() -> str:
    """Return three tables: data sets, recipes, families."""
    config = load_config(project_root())
    tables: dict[Row, list[Row]] = {
        ("data set", "variant", "modality", "items", "limits"): [
            _dataset(config, name) for name in config.datasets
        ],
        ("recipe", "family", "data set", "published", "main figure"): [
            _recipe(config, name, recipe) for name, recipe in config.recipes.items()
        ],
        ("family", "its models"): [
            (name, _lowered(family.purpose.kind)) for name, family in FAMILIES.items()
        ],
    }
    return "\n\n".join("\n".join(_lines(head, rows)) for head, rows in tables.items())


def _dataset(config: Config, name: str) -> Row:
    variant = config.datasets[name].variant
    try:
        modality = read_source_list(config.root, name).modality
        limits = limit_status(config.root, name)
    except ProdlError as error:
        # One broken file must not hide the others.
        return (name, variant, NONE, NONE, str(error).partition("\n")[0])
    worded = "curated"
    if limits is not None:
        worded = "provisional" if limits.is_provisional else "approved"
    return (name, variant, modality, _count_items(config, name), worded)


def _count_items(config: Config, dataset: str) -> str:
    """Rows of the item table of a run on these data, faulty ones included."""
    runs = (dataset, *(n for n, r in config.recipes.items() if r.dataset == dataset))
    records = (load_record(state_dir(), run) for run in runs)
    folders = (record.output(ITEMS) for record in records if record)
    tables = (path for f in folders if f for path in sorted(f.glob("*.parquet")))
    table = next(tables, None)
    if table is None:
        return "not validated"
    # Here, because a third of a second of imports is in vain before the first run.
    from pyarrow import parquet

    return format_number(parquet.read_metadata(table).num_rows)


def _recipe(config: Config, name: str, recipe: RecipeConfig) -> Row:
    versions = published_versions(config.root, name)
    version = versions[0].name if versions else NONE
    figure = _main_figure(recipe, versions[0]) if versions else NONE
    return (name, recipe.family, recipe.dataset, version, figure)


def _main_figure(recipe: RecipeConfig, version: Path) -> str:
    """The first metric of the gate that the published version has."""
    try:
        values = read_metrics(version).values
    except ProdlError as error:
        return str(error).partition("\n")[0]
    known = (metric for metric in recipe.gate if metric in values)
    metric = next(known, "")
    return f"{metric} {format_number(values[metric])}" if metric else NONE


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def _lines(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
