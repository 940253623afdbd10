# SPDX-License-Identifier: Apache-2.0
"""Acquire and Ingest inside TFX: facts reach MLMD, stock components read the output."""

import json
import sys
from pathlib import Path
from typing import Any

import ml_metadata
import pytest
from tfx import v1 as tfx

from components.core.errors import DataRefused
from components.ingest.checksums import dvc_directory_md5, files_sha256
from components.ingest.component import Acquire, Ingest
from components.ingest.source_list import read_source_list
from tests.support.beam import BEAM_ARGS
from tests.support.datasets.mnist import (
    FILES,
    TEST_LABELS,
    VARIANT,
    write_mnist,
    write_source_list,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def project(root: Path, destination: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with raw files and the list that describes them."""
    write_mnist(destination, train=60, test=20)
    write_source_list(root / "data" / "mnist" / "source.yaml", destination)
    # The base Beam executor parses the arguments of whatever program runs it.
    monkeypatch.setattr(sys, "argv", sys.argv[:1])
    return root


def _run(root: Path, share: float = 0.2, with_statistics: bool = True) -> Any:
    """Run Acquire, Ingest and, if wanted, StatisticsGen; give the way to MLMD."""
    folder = Path("data", "raw", "mnist", VARIANT)
    acquire = Acquire(
        dataset="mnist",
        variant=VARIANT,
        raw_folder=str(folder),
        content_sha256=files_sha256(root / folder, FILES),
        dvc_md5=dvc_directory_md5(root / folder),
        repo="",
        rev="",
        remote="",
        source_list_sha256=read_source_list(root, "mnist").sha256,
        code_fingerprint="code",
    )
    ingest = Ingest(
        raw=acquire.outputs["raw"],
        splits=json.dumps({"salt": "1", "validation_share": share}),
        code_fingerprint="code",
    )
    statistics = tfx.components.StatisticsGen(examples=ingest.outputs["examples"])
    metadata = tfx.orchestration.metadata.sqlite_metadata_connection_config(
        str(root / "metadata.sqlite")
    )
    pipeline = tfx.dsl.Pipeline(
        pipeline_name="mnist",
        pipeline_root=str(root / "pipeline"),
        components=[acquire, ingest, *([statistics] if with_statistics else [])],
        enable_cache=True,
        metadata_connection_config=metadata,
        beam_pipeline_args=list(BEAM_ARGS),
    )
    tfx.orchestration.LocalDagRunner().run(pipeline)
    return metadata


def _artifact(metadata: Any, type_name: str) -> Any:
    return ml_metadata.MetadataStore(metadata).get_artifacts_by_type(type_name)[-1]


def _facts(artifact: Any) -> dict[str, str | int]:
    values = {**artifact.properties, **artifact.custom_properties}
    return {name: getattr(v, v.WhichOneof("value")) for name, v in values.items()}


def _num_examples(metadata: Any, split: str) -> float:
    import tensorflow_data_validation as tfdv

    uri = Path(_artifact(metadata, "ExampleStatistics").uri)
    path = uri / f"Split-{split}" / "FeatureStats.pb"
    statistics = tfdv.load_stats_binary(str(path))
    return float(statistics.datasets[0].num_examples)


def test_facts_reach_metadata_and_statistics_count_every_example(
    project: Path, destination: Path
) -> None:
    metadata = _run(project)
    raw = _facts(_artifact(metadata, "prodl.RawDataset"))
    assert raw["dataset"] == "mnist"
    assert raw["variant"] == VARIANT
    assert raw["licence"] == "CC0-1.0"
    assert raw["content_sha256"] == files_sha256(destination, FILES)
    assert raw["dvc_md5"] == dvc_directory_md5(destination)
    examples = _facts(_artifact(metadata, "Examples"))
    assert examples["split_names"] == '["train", "validation", "test"]'
    assert examples["payload_format"] == "FORMAT_TF_EXAMPLE"
    items = _facts(_artifact(metadata, "prodl.ItemTable"))
    assert (items["num_items"], items["num_faulty"]) == (80, 0)
    for split in ("train", "validation", "test"):
        assert _num_examples(metadata, split) == items[f"num_{split}"]


def test_empty_split_is_readable(project: Path) -> None:
    metadata = _run(project, share=0.0)
    assert _num_examples(metadata, "train") == 60
    assert _num_examples(metadata, "validation") == 0


def test_file_edited_in_place_after_it_was_acquired_is_refused(
    project: Path, destination: Path
) -> None:
    _run(project, with_statistics=False)
    path = destination / TEST_LABELS
    right = path.read_bytes()
    path.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    # Put back as a new file, as DVC does: the pipeline's link keeps the edited one,
    # and Acquire is cached because the project's file is the right one again.
    path.unlink()
    path.write_bytes(right)
    with pytest.raises(DataRefused, match="changed after it was acquired"):
        _run(project, share=0.3, with_statistics=False)
