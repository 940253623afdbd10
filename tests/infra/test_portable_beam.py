# SPDX-License-Identifier: Apache-2.0
"""Ingest through Beam's job and worker protocols, in separate processes."""

from collections.abc import Iterator
from pathlib import Path

import apache_beam as beam
import pytest

from components.contracts.modality import MODALITIES
from components.ingest.beam.pipeline import IngestJob, add_ingest
from components.ingest.beam.split import SplitRule
from components.ingest.item import Chunk
from components.ingest.readers import mnist
from tests.support.datasets.mnist import write_mnist
from tests.support.portable_beam import PortableBeam, start

IN_PROCESS = (
    "--runner=FnApiRunner",
    "--direct_running_mode=in_memory",
    "--sdk_container_image=local",
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def portable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortableBeam]:
    with start(tmp_path_factory.mktemp("beam")) as running:
        yield running


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several chunks, so that work is distributed."""
    whole = mnist.list_chunks

    def list_small_chunks(raw_dir: Path) -> list[Chunk]:
        return whole(raw_dir, chunk_size=16)

    monkeypatch.setattr(mnist, "list_chunks", list_small_chunks)


def _ingest(raw: Path, output: Path, beam_args: tuple[str, ...]) -> dict[str, bytes]:
    for name in ("examples", "items"):
        (output / name).mkdir(parents=True)
    rule = SplitRule("salt", 0.25)
    reader = "components.ingest.readers.mnist"
    job = IngestJob(
        reader, MODALITIES["image"], raw, output / "examples", output / "items", rule
    )
    with beam.Pipeline(argv=list(beam_args)) as pipeline:
        add_ingest(pipeline, job)
    files = (path for path in output.rglob("*") if path.is_file())
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def test_external_workers_write_the_same_bytes(
    portable: PortableBeam, tmp_path: Path
) -> None:
    raw = write_mnist(tmp_path / "raw", train=40, test=10)
    here = _ingest(raw, tmp_path / "here", IN_PROCESS)
    there = _ingest(raw, tmp_path / "there", portable.pipeline_args)
    assert len(here) >= 4
    assert there == here
    # Not by accident in this process: the pool was asked for a worker.
    assert "Starting worker" in portable.pool_log.read_text()
