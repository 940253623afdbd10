# SPDX-License-Identifier: Apache-2.0
"""The TFX components that begin every graph: Acquire, then Ingest."""

from pathlib import Path

import apache_beam as beam
from tfx.components.util import examples_utils
from tfx.dsl.component.experimental.annotations import (
    BeamComponentParameter,
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import Examples

from components.contracts.artifacts import ItemTable, RawDataset
from components.contracts.splits import SPLITS
from components.core.errors import DataRefused
from components.core.project import project_root
from components.core.records import from_json
from components.ingest.acquire.acquire import (
    acquire,
    changed_files_remedy,
    verify,
)
from components.ingest.acquire.dvc_pull import DvcOrigin
from components.ingest.beam.outputs import count_items
from components.ingest.beam.pipeline import IngestJob, add_ingest
from components.ingest.beam.split import SplitRule
from components.ingest.readers.reader import find_reader
from components.ingest.source_list import SourceList, raw_folder, read_source_list


@component
def Acquire(  # noqa: N802
    dataset: Parameter[str],
    variant: Parameter[str],
    raw_folder: Parameter[str],
    content_sha256: Parameter[str],
    dvc_md5: Parameter[str],
    repo: Parameter[str],
    rev: Parameter[str],
    remote: Parameter[str],
    source_list_sha256: Parameter[str],
    code_fingerprint: Parameter[str],
    raw: OutputArtifact[RawDataset],
) -> None:
    """Bring verified raw files into the pipeline.

    Args:
        dataset: Name of the data set.
        variant: Name of the variant.
        raw_folder: Folder of the files, relative to the project's root.
        content_sha256: Checksum over the files, part of the cache key, so that changed
            files run again. "" where only DVC's md5 is known.
        dvc_md5: The md5 of the folder, as DVC computes it; part of the cache key.
        repo: The git repository that DVC pulls from where there is no data folder;
            empty for the project's own dvc.lock.
        rev: Revision of the repository; empty for the newest.
        remote: DVC remote, by name or address; empty for the default.
        source_list_sha256: Checksum of the source list.
        code_fingerprint: Fingerprint of the source code, only for the cache key.
        raw: Links to the files, with facts about them as custom properties.
    """
    del code_fingerprint
    source_list = _read_source_list(dataset, source_list_sha256)
    content = acquire(
        project_root() / raw_folder,
        Path(raw.uri),
        source_list,
        variant,
        content_sha256,
        dvc_md5,
        DvcOrigin(repo, rev, remote, dvc_md5) if repo or remote else None,
    )
    facts = {
        "dataset": dataset,
        "variant": variant,
        "content_sha256": content,
        "dvc_md5": dvc_md5,
        "licence": source_list.licence,
        "source_list_sha256": source_list_sha256,
    }
    for name, fact in facts.items():
        raw.set_string_custom_property(name, fact)


@component(use_beam=True)
def Ingest(  # noqa: N802
    raw: InputArtifact[RawDataset],
    splits: Parameter[str],
    code_fingerprint: Parameter[str],
    examples: OutputArtifact[Examples],
    items: OutputArtifact[ItemTable],
    beam_pipeline: BeamComponentParameter[beam.Pipeline] = None,
) -> None:
    """Read the raw files into examples and an item table.

    A faulty item becomes a row with its fault and is left out of the examples.

    Args:
        raw: The verified raw files.
        splits: JSON of a `SplitRule`: salt, shares, and whether it is stratified.
        code_fingerprint: Fingerprint of the source code, only for the cache key.
        examples: Sound items as uncompressed TFRecords, by split.
        items: One row per item, with counts as custom properties.
        beam_pipeline: Made by TFX from the pipeline's Beam arguments.
    """
    del code_fingerprint
    source_list = _verify_again(raw)
    job = IngestJob(
        reader=find_reader(source_list),
        item_kind=source_list.item_kind,
        raw_dir=Path(raw.uri),
        examples_dir=Path(examples.uri),
        items_dir=Path(items.uri),
        split_rule=from_json(SplitRule, splits, "splits"),
        has_group_keys=bool(source_list.group_by),
    )
    with beam_pipeline as pipeline:
        add_ingest(pipeline, job)
    examples.split_names = artifact_utils.encode_split_names(list(SPLITS))
    examples_utils.set_payload_format(
        examples, example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE
    )
    for name, count in count_items(job.items_dir).items():
        items.set_int_custom_property(name, count)


def _verify_again(raw: RawDataset) -> SourceList:
    """Hash the raw files again: as hard links, they change if edited in place."""
    source_list = _read_source_list(
        raw.get_string_custom_property("dataset"),
        raw.get_string_custom_property("source_list_sha256"),
    )
    variant = raw.get_string_custom_property("variant")
    remedy = (
        "It was changed after it was acquired. Put the right file back in the data "
        "folder, remove the project's state folder (.prodl), then run again."
    )
    folder = Path(raw_folder(source_list.dataset, variant))
    if source_list.variant(variant).origin == "user":
        remedy += f"\n{changed_files_remedy(source_list, variant)}"
    named = folder if (project_root() / folder).is_dir() else None
    verify(Path(raw.uri), source_list, variant, remedy, named)
    return source_list


def _read_source_list(dataset: str, sha256: str) -> SourceList:
    source_list = read_source_list(project_root(), dataset)
    if source_list.sha256 != sha256:
        raise DataRefused(
            f"{source_list.path} changed after the pipeline was set up.\n"
            f"Expected sha256 {sha256}.\nReceived {source_list.sha256}.\n"
            "Run again; on a cluster, build the image and compile again first."
        )
    return source_list
