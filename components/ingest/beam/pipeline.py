# SPDX-License-Identifier: Apache-2.0
"""The Beam pipeline of Ingest: raw files -> item table and examples.

Each worker reads one chunk, assigns its items to splits and writes its part of every
output; the last step joins the parts. So memory holds one chunk per worker, whatever
the size of the data set, and equal inputs give equal bytes on any runner.

Where near-duplicates or related items must get the same split, or the split is
stratified, all items must be known before any is assigned. A first pass reads the
chunks and spills their items to disk, then groups are found from hashes and keys alone,
and a second pass writes the parts.
"""

import shutil
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import apache_beam as beam

from components.contracts.modality import Modality
from components.contracts.splits import SPLITS
from components.ingest.beam.assign import Row, SplitPlan
from components.ingest.beam.duplicate_groups import DuplicateGroups
from components.ingest.beam.outputs import (
    check_fields,
    join_table_parts,
    number_shards,
    write_examples,
    write_table_part,
)
from components.ingest.beam.spill import SpilledChunk, read_spilled, spill_chunk
from components.ingest.beam.split import SplitRule
from components.ingest.item import Chunk, Item
from components.ingest.readers.reader import groups_near_duplicates, load_reader

PARTS_FOLDER = "_parts"


@dataclass(frozen=True)
class IngestJob:
    """Inputs and outputs of an Ingest run."""

    reader: str
    """Import path of the reader."""

    item_kind: Modality
    """What an item is: features, columns and way of splitting."""

    raw_dir: Path
    """Folder of the verified raw files."""

    examples_dir: Path
    """Folder of the Examples artifact."""

    items_dir: Path
    """Folder of the ItemTable artifact."""

    split_rule: SplitRule
    """Parameters of the splits."""

    has_group_keys: bool = False
    """Whether items have a `group_key` by which they are kept together. Readers that
    group near-duplicates give one in any case."""

    @property
    def plan(self) -> SplitPlan:
        """How items are grouped and split."""
        keeps = self.has_group_keys or groups_near_duplicates(load_reader(self.reader))
        return SplitPlan(self.item_kind, self.split_rule, keeps)


@dataclass(frozen=True)
class Parts:
    """The output files of one chunk."""

    index: int
    """Number of the chunk in the order of items."""

    table: Path
    """Part of the item table."""

    examples: dict[str, Path]
    """Part of each split that the chunk has sound items of."""


def add_ingest(pipeline: beam.Pipeline, job: IngestJob) -> None:
    """Add the steps of Ingest to a Beam pipeline, without running it."""
    listed = load_reader(job.reader).list_chunks(job.raw_dir)
    chunks = (
        pipeline | "ListChunks" >> beam.Create(listed) | "Reshuffle" >> beam.Reshuffle()
    )
    if job.plan.needs_all_items:
        spilled = chunks | "SpillChunk" >> beam.Map(read_and_spill, job)
        groups = (
            spilled
            | "GatherKeys" >> beam.combiners.ToList()
            | "FindGroups" >> beam.Map(group_all, job)
        )
        parts = spilled | "WriteSpilled" >> beam.Map(
            write_spilled, job, beam.pvalue.AsSingleton(groups)
        )
    else:
        parts = chunks | "IngestChunk" >> beam.Map(ingest_chunk, job)
    _ = (
        parts
        | "GatherParts" >> beam.combiners.ToList()
        | "JoinParts" >> beam.Map(join_parts, job)
    )


def ingest_chunk(chunk: Chunk, job: IngestJob) -> Parts:
    """Read one chunk and write its parts of all outputs.

    The names of parts are unique, so a runner that repeats work, or does it twice at
    once, cannot mix two attempts.
    """
    items = load_reader(job.reader).read_chunk(job.raw_dir, chunk)
    return _write_parts(chunk.index, items, job, DuplicateGroups({}, {}))


def read_and_spill(chunk: Chunk, job: IngestJob) -> SpilledChunk:
    """Read one chunk and keep its items on disk until all groups are known."""
    items = load_reader(job.reader).read_chunk(job.raw_dir, chunk)
    name = f"{chunk.index}-{uuid.uuid4().hex}-spilled"
    return spill_chunk(chunk.index, items, _part(job.examples_dir, name))


def group_all(chunks: Iterable[SpilledChunk], job: IngestJob) -> DuplicateGroups:
    """Find the groups among the items of all chunks, in whatever order these come."""
    ordered = sorted(chunks, key=lambda chunk: chunk.index)
    return job.plan.group([key for chunk in ordered for key in chunk.keys])


def write_spilled(
    chunk: SpilledChunk, job: IngestJob, groups: DuplicateGroups
) -> Parts:
    """Write the parts of a spilled chunk, now that all groups are known."""
    return _write_parts(chunk.index, read_spilled(chunk), job, groups)


def join_parts(parts: Sequence[Parts], job: IngestJob) -> None:
    """Join the parts of all chunks, in the order of the chunks, and remove them."""
    ordered = sorted(parts, key=lambda part: part.index)
    join_table_parts((part.table for part in ordered), job.items_dir)
    for split in SPLITS:
        shards = [part.examples[split] for part in ordered if split in part.examples]
        number_shards(shards, job.examples_dir / f"Split-{split}")
    for folder in (job.items_dir, job.examples_dir):
        shutil.rmtree(folder / PARTS_FOLDER, ignore_errors=True)


def _write_parts(
    index: int, items: Sequence[Item], job: IngestJob, groups: DuplicateGroups
) -> Parts:
    check_fields(items, job.item_kind, job.reader)
    plan = job.plan
    rows = [plan.assign(item, groups) for item in items]
    attempt = f"{index}-{uuid.uuid4().hex}"
    table = _part(job.items_dir, attempt)
    write_table_part(table, rows, job.item_kind)
    return Parts(index, table, _write_splits(rows, job, attempt))


def _write_splits(rows: Sequence[Row], job: IngestJob, attempt: str) -> dict[str, Path]:
    written = {}
    for split in SPLITS:
        items = [r.item for r in rows if r.split == split and not r.item.fault]
        if items:
            written[split] = _part(job.examples_dir, f"{attempt}-{split}")
            write_examples(written[split], items, job.item_kind)
    return written


def _part(folder: Path, name: str) -> Path:
    (folder / PARTS_FOLDER).mkdir(parents=True, exist_ok=True)
    return folder / PARTS_FOLDER / name
