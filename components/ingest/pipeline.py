# SPDX-License-Identifier: Apache-2.0
"""The Beam pipeline of Ingest: raw files -> item table and examples.

Each worker reads one chunk, decides about its items and writes its part of every
output; the last step joins the parts. So memory holds one chunk per worker, whatever
the size of the data set, and the same input gives the same bytes on any runner.
"""

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import apache_beam as beam

from components.ingest.examples import name_shards, write_examples
from components.ingest.item import Chunk
from components.ingest.readers import load_reader
from components.ingest.split import SplitRule, split_of
from components.ingest.table import Row, join_parts, write_part
from components.items import SPLITS

PARTS_FOLDER = "_parts"


@dataclass(frozen=True)
class Job:
    """What to ingest, and where to.

    Attributes:
        dataset: Name of the data set, which decides about the reader.
        raw_dir: Folder of the verified raw files.
        examples_dir: Folder of the Examples artifact.
        items_dir: Folder of the ItemTable artifact.
        rule: How our own splits are drawn.
    """

    dataset: str
    raw_dir: Path
    examples_dir: Path
    items_dir: Path
    rule: SplitRule


@dataclass(frozen=True)
class Parts:
    """What one worker wrote for one chunk.

    Attributes:
        index: Place of the chunk in the order of items.
        table: Part of the item table.
        examples: Part of each split that the chunk has sound items of.
    """

    index: int
    table: Path
    examples: dict[str, Path]


def add_ingest(pipeline: beam.Pipeline, job: Job) -> None:
    """Add to a Beam pipeline all that Ingest does; nothing runs yet."""
    chunks = load_reader(job.dataset).list_chunks(job.raw_dir)
    _ = (
        pipeline
        | "ListChunks" >> beam.Create(chunks)
        | "Spread" >> beam.Reshuffle()
        | "IngestChunk" >> beam.Map(ingest_chunk, job)
        | "Gather" >> beam.combiners.ToList()
        | "JoinParts" >> beam.Map(join, job)
    )


def ingest_chunk(chunk: Chunk, job: Job) -> Parts:
    """Read one chunk and write its parts of all outputs.

    The parts have names of their own each time, so a runner that repeats work or does
    it twice at once cannot mix two attempts.
    """
    items = load_reader(job.dataset).read_chunk(job.raw_dir, chunk)
    rows = []
    for item in items:
        rows.append(Row(item, split_of(item, job.rule)))
    attempt = f"{chunk.index}-{uuid.uuid4().hex}"
    table = _part(job.items_dir, attempt)
    write_part(table, rows)
    return Parts(chunk.index, table, _write_splits(rows, job, attempt))


def join(parts: Sequence[Parts], job: Job) -> None:
    """Join the parts of all chunks, in the order of the chunks, and remove them."""
    ordered = sorted(parts, key=lambda part: part.index)
    join_parts((part.table for part in ordered), job.items_dir)
    for split in SPLITS:
        shards = [part.examples[split] for part in ordered if split in part.examples]
        name_shards(shards, job.examples_dir / f"Split-{split}")
    for folder in (job.items_dir, job.examples_dir):
        shutil.rmtree(folder / PARTS_FOLDER, ignore_errors=True)


def _write_splits(rows: Sequence[Row], job: Job, attempt: str) -> dict[str, Path]:
    written = {}
    for split in SPLITS:
        items = [r.item for r in rows if r.split == split and not r.item.fault]
        if items:
            written[split] = _part(job.examples_dir, f"{attempt}-{split}")
            write_examples(written[split], items)
    return written


def _part(folder: Path, name: str) -> Path:
    (folder / PARTS_FOLDER).mkdir(parents=True, exist_ok=True)
    return folder / PARTS_FOLDER / name
