# SPDX-License-Identifier: Apache-2.0
"""The Beam pipeline of Ingest: raw files -> item table and examples.

Each worker reads one chunk, decides about its items and writes its part of every
output; the last step joins the parts. So memory holds one chunk per worker, whatever
the size of the data set, and the same input gives the same bytes on any runner.

Where lookalikes must stay together, no item can be decided about before all are seen:
a first pass reads the chunks and leaves drafts on disk, then the groups are found among
hashes alone, and a second pass writes the parts.
"""

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import apache_beam as beam

from components.contracts.items import SPLITS
from components.ingest.beam.examples import name_shards, write_examples
from components.ingest.beam.item_table import Row, join_parts, write_part
from components.ingest.beam.near_duplicates import Kinship
from components.ingest.beam.spill import Draft, keep_draft, kinship_of, read_draft
from components.ingest.beam.split import SplitRule, assign_split, split_at
from components.ingest.item import AnyItem, Chunk, Item, TextItem
from components.ingest.readers.registry import groups_lookalikes, load_reader

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
    reader = load_reader(job.dataset)
    chunks = (
        pipeline
        | "ListChunks" >> beam.Create(reader.list_chunks(job.raw_dir))
        | "Spread" >> beam.Reshuffle()
    )
    if groups_lookalikes(reader):
        drafts = chunks | "DraftChunk" >> beam.Map(draft_chunk, job)
        kinship = (
            drafts
            | "GatherTies" >> beam.combiners.ToList()
            | "FindKinship" >> beam.Map(kinship_of)
        )
        parts = drafts | "SettleChunk" >> beam.Map(
            settle_chunk, job, beam.pvalue.AsSingleton(kinship)
        )
    else:
        parts = chunks | "IngestChunk" >> beam.Map(ingest_chunk, job)
    _ = parts | "Gather" >> beam.combiners.ToList() | "JoinParts" >> beam.Map(join, job)


def ingest_chunk(chunk: Chunk, job: Job) -> Parts:
    """Read one chunk and write its parts of all outputs.

    The parts have names of their own each time, so a runner that repeats work or does
    it twice at once cannot mix two attempts.
    """
    items = load_reader(job.dataset).read_chunk(job.raw_dir, chunk)
    return _write_parts(chunk.index, items, job, Kinship({}, {}))


def draft_chunk(chunk: Chunk, job: Job) -> Draft:
    """Read one chunk and keep its items on disk until all groups are known."""
    # Only readers of pictures group lookalikes.
    items = cast(
        Sequence[Item], load_reader(job.dataset).read_chunk(job.raw_dir, chunk)
    )
    path = _part(job.examples_dir, f"{chunk.index}-{uuid.uuid4().hex}-draft")
    return keep_draft(chunk.index, items, path)


def settle_chunk(draft: Draft, job: Job, kinship: Kinship) -> Parts:
    """Write the parts of a chunk whose items now have their groups."""
    return _write_parts(draft.index, read_draft(draft), job, kinship)


def join(parts: Sequence[Parts], job: Job) -> None:
    """Join the parts of all chunks, in the order of the chunks, and remove them."""
    ordered = sorted(parts, key=lambda part: part.index)
    join_parts((part.table for part in ordered), job.items_dir)
    for split in SPLITS:
        shards = [part.examples[split] for part in ordered if split in part.examples]
        name_shards(shards, job.examples_dir / f"Split-{split}")
    for folder in (job.items_dir, job.examples_dir):
        shutil.rmtree(folder / PARTS_FOLDER, ignore_errors=True)


def _write_parts(
    index: int, items: Sequence[AnyItem], job: Job, kinship: Kinship
) -> Parts:
    rows = [_row(item, job.rule, kinship) for item in items]
    attempt = f"{index}-{uuid.uuid4().hex}"
    table = _part(job.items_dir, attempt)
    write_part(table, rows)
    return Parts(index, table, _write_splits(rows, job, attempt))


def _row(item: AnyItem, rule: SplitRule, kinship: Kinship) -> Row:
    if isinstance(item, TextItem):
        return Row(item, "", split_at(item.place, rule))
    group = kinship.groups.get(item.item_id, item.content_sha256)
    if tested := kinship.leaks.get(item.item_id):
        item = replace(item, fault=f"belongs with a test item: {tested}")
    # What could not be decoded has no content to go by.
    key = group or item.item_id
    return Row(item, group, assign_split(item.official_split, key, rule))


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
