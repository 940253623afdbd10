# SPDX-License-Identifier: Apache-2.0
"""A small table that a model can learn: drawn birds, as the penguins of Palmer Station.

    rows = draw_birds(200)
    raw = write_raw(tmp_path / "raw", birds=rows)          # as Acquire leaves it
    examples, items = ingest(raw, tmp_path / "ingested")    # as Ingest does, no runner
    make_dataset(project_root, birds=rows)                 # data/birds/ and raw files

Plant a fault by changing the rows, each a mapping of header -> text.
"""

import csv
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import yaml

from components.contracts.modality import find_modality
from components.contracts.table_layout import Column, TableLayout
from components.ingest.file_manifest import Manifest, describe_file, write_manifest
from components.ingest.reader_options import read_reader_options, write_reader_options
from components.ingest.source_list import SourceList
from components.ingest.variant import Variant

NAME: Final = "birds"
CLASSES: Final = ("Adelie", "Chinstrap", "Gentoo")
ISLANDS: Final = ("Biscoe", "Dream", "Torgersen")
COLUMNS: Final = {
    "island": Column("category"),
    "bill_length": Column("number", header="Bill length (mm)", unit="mm"),
    "bill_depth": Column("number", header="Bill depth (mm)", unit="mm"),
    "body_mass": Column("number", header="Body mass (g)", unit="g"),
    "sex": Column("category"),
    "seen": Column("date"),
}
LAYOUT: Final = TableLayout("species", COLUMNS)
# The body mass is predicted, and the species is a feature.
MASS_LAYOUT: Final = TableLayout(
    "Body mass (g)",
    {
        **{name: c for name, c in COLUMNS.items() if name != "body_mass"},
        "species": Column("category"),
    },
    target_kind="number",
)
# Mean and deviation of length, depth and mass.
_BODIES: Final = {
    "Adelie": ((38.8, 2.7), (18.3, 1.2), (3700.0, 450.0)),
    "Chinstrap": ((48.8, 3.3), (18.4, 1.1), (3730.0, 380.0)),
    "Gentoo": ((47.5, 3.1), (15.0, 1.0), (5080.0, 500.0)),
}
_SHARES: Final = (0.44, 0.2, 0.36)
_MISSING_SHARE: Final = 0.04

Row = dict[str, str]


def draw_birds(num: int = 200, seed: int = 0) -> list[Row]:
    """Draw rows as a CSV file has them: some values of bill and sex are missing.

    Args:
        num: Number of rows. Defaults to 200.
        seed: Seed of everything random. Defaults to 0.
    """
    random = np.random.default_rng(seed)
    return [_draw_bird(random, number) for number in range(num)]


def write_csv(path: Path, rows: Sequence[Row], delimiter: str = ",") -> Path:
    """Write rows as a CSV file with a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def source_list(layout: TableLayout = LAYOUT, group_by: str = "") -> SourceList:
    """The source list of the birds, with the variant `own`."""
    return SourceList(
        dataset=NAME,
        title="Drawn birds",
        licence="CC0-1.0",
        redistributable=True,
        citation="None: drawn by the tests.",
        modality="table",
        classes=() if layout.is_regression else CLASSES,
        variants={"own": Variant(origin="user")},
        table=layout,
        group_by=group_by,
    )


def write_raw(
    folder: Path, layout: TableLayout = LAYOUT, group_by: str = "", **tables: Any
) -> Path:
    """Write tables and what Acquire puts beside them; return the folder.

    Args:
        folder: Where to write.
        layout: Columns and target. Defaults to the species as the target.
        group_by: Header of the column whose value related rows share.
        tables: Name of a file without `.csv` -> its rows.
    """
    for name, rows in tables.items():
        write_csv(folder / f"{name}.csv", rows)
    write_reader_options(source_list(layout, group_by), folder)
    return folder


def ingest(
    raw: Path,
    folder: Path,
    layout: TableLayout = LAYOUT,
    *,
    validation_share: float = 0.2,
    test_share: float = 0.2,
    split: Literal["hash", "stratified"] = "hash",
) -> tuple[Path, Path]:
    """Write examples and item table of a folder of `write_raw`, without a runner.

    Returns:
        Folder of the examples, with `Split-train` and so on, and of the item table.
    """
    # Here: they import TensorFlow and Beam.
    from components.ingest.beam import pipeline
    from components.ingest.beam.split import SplitRule
    from components.ingest.readers import table

    examples, items = folder / "examples", folder / "items"
    items.mkdir(parents=True)
    job = pipeline.IngestJob(
        table.__name__,
        find_modality("table", layout),
        raw,
        examples,
        items,
        SplitRule("birds", validation_share, test_share, split),
        has_group_keys=bool(read_reader_options(raw).group_by),
    )
    chunks = table.list_chunks(raw)
    if job.plan.needs_all_items:
        spilled = [pipeline.read_and_spill(chunk, job) for chunk in chunks]
        groups = pipeline.group_all(reversed(spilled), job)
        parts = [pipeline.write_spilled(chunk, job, groups) for chunk in spilled]
    else:
        parts = [pipeline.ingest_chunk(chunk, job) for chunk in chunks]
    pipeline.join_parts(parts, job)
    return examples, items


def make_dataset(
    root: Path,
    layout: TableLayout = LAYOUT,
    group_by: str = "",
    name: str = NAME,
    **tables: Any,
) -> None:
    """Write source list, schema and raw files of a data set into a project.

    The entry in params.yaml and data/NAME/expectations.yaml are the caller's to write.

    Args:
        root: The project's root.
        layout: Columns and target. Defaults to the species as the target.
        group_by: Header of the column whose value related rows share.
        name: Name of the data set. Defaults to `birds`.
        tables: Name of a file without `.csv` -> its rows.
    """
    raw = root / "data" / "raw" / name / "own"
    files = [write_csv(raw / f"{stem}.csv", rows) for stem, rows in tables.items()]
    described = tuple(describe_file(file) for file in files)
    write_manifest(raw, Manifest("drawn by the tests", described))
    write_source_list(root / "data" / name / "source.yaml", layout, group_by, name)
    write_schema(root / "data" / name / "schema.pbtxt", layout)


def write_source_list(
    path: Path, layout: TableLayout = LAYOUT, group_by: str = "", name: str = NAME
) -> Path:
    """Write the source list of the birds."""
    listed = source_list(layout, group_by)
    columns = {
        feature: {key: value for key, value in asdict(column).items() if value}
        for feature, column in layout.columns.items()
    }
    table = {"target": layout.target, "target_kind": layout.target_kind}
    record = {
        "dataset": name,
        "title": listed.title,
        "licence": listed.licence,
        "redistributable": listed.redistributable,
        "citation": listed.citation,
        "modality": listed.modality,
        "classes": list(listed.classes),
        "table": {**table, "columns": columns},
        "group_by": group_by,
        "variants": {"own": {"origin": "user"}},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(record, sort_keys=False), encoding="utf-8")
    return path


def write_schema(path: Path, layout: TableLayout = LAYOUT) -> Path:
    """Write the schema of the birds: bill and sex may be missing, nothing else."""
    blocks = [_schema_block(name, layout) for name in layout.columns]
    if layout.is_regression:
        blocks.append(_feature("target", "FLOAT"))
    else:
        values = "".join(f'\n    value: "{name}"' for name in CLASSES)
        domain = f'\n  string_domain {{\n    name: "classes"{values}\n  }}'
        blocks.append(_feature("label", "BYTES", more=domain))
    item_id = '  name: "item_id"\n  type: BYTES\n  value_count { min: 1 max: 1 }'
    blocks.append(f"feature {{\n{item_id}\n}}\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(blocks), encoding="utf-8")
    return path


def _schema_block(name: str, layout: TableLayout) -> str:
    may_miss = name in ("bill_length", "bill_depth", "sex")
    kind = "BYTES" if layout.columns[name].kind == "category" else "FLOAT"
    return _feature(name, kind, 0.8 if may_miss else 1.0)


def _feature(name: str, kind: str, min_fraction: float = 1.0, more: str = "") -> str:
    shape = "shape {}" if min_fraction == 1 else "value_count { min: 1 max: 1 }"
    return (
        f'feature {{\n  name: "{name}"\n  type: {kind}\n'
        f"  presence {{ min_fraction: {min_fraction} min_count: 1 }}\n"
        f"  {shape}{more}\n}}\n"
    )


def _draw_bird(random: np.random.Generator, number: int) -> Row:
    species = str(random.choice(CLASSES, p=_SHARES))
    # Gentoo live on Biscoe alone, Chinstrap on Dream alone.
    home = {"Gentoo": "Biscoe", "Chinstrap": "Dream"}.get(species)
    island = home or str(random.choice(ISLANDS))
    is_male = bool(random.integers(2))
    body = [
        random.normal(mean + 0.4 * is_male * std, std) for mean, std in _BODIES[species]
    ]
    seen = date(2007, 11, 1) + timedelta(days=int(random.integers(700)))
    bill = [f"{body[0]:.1f}", f"{body[1]:.1f}"]
    texts = [*bill, "male" if is_male else "female"]
    is_missing = random.random(len(texts)) < _MISSING_SHARE
    length, depth, sex = (
        "NA" if missing else text
        for text, missing in zip(texts, is_missing, strict=True)
    )
    return {
        "bird": str(number),
        "species": species,
        "island": island,
        "Bill length (mm)": length,
        "Bill depth (mm)": depth,
        "Body mass (g)": f"{body[2]:.0f}",
        "sex": sex,
        "seen": seen.isoformat(),
    }
