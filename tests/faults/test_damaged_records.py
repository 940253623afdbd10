# SPDX-License-Identifier: Apache-2.0
"""A damaged record names its file and the command that makes it again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from components.contracts.step_data import (
    ARRAYS_FILE,
    RECORD_FILE,
    read_step_data,
    write_step_data,
)
from components.contracts.verdicts import (
    GateCheck,
    ModelVerdict,
    read_model_verdict,
    write_model_verdict,
)
from components.core.errors import DamagedFile
from components.evaluator.metrics import (
    METRICS_FILE,
    Metrics,
    read_metrics,
    write_metrics,
)
from components.ingest import corrections
from components.ingest.corrections import (
    Corrections,
    read_corrections,
    write_corrections,
)
from components.ingest.download_sources import DataFile
from components.ingest.file_manifest import (
    MANIFEST_FILE,
    Manifest,
    read_manifest,
    write_manifest,
)
from components.validation import verdict
from components.validation.distributions.schema import (
    SCHEMA_FILE,
    read_schema,
    write_schema,
)
from components.validation.verdict import DataCheck, Verdict
from pipelines.run_record import RunRecord, load_record, save_record


@dataclass(frozen=True)
class RecordKind:
    """A file that the project writes in one command and reads in another."""

    name: str
    write: Callable[[Path], None]
    read: Callable[[Path], object]
    remedy: str


REMOVE = "Remove the folder"
MODEL_VERDICT = ModelVerdict((GateCheck("a.min", "a", "> 1", "2", passed=True),), "c")
DATA_VERDICT = Verdict(
    "items", (DataCheck("a", "A rule.", "critical", "> 1", "2", "passed"),)
)
RECORDS = (
    RecordKind(
        METRICS_FILE,
        lambda folder: write_metrics(Metrics({"accuracy": 0.5}, {}), folder),
        read_metrics,
        REMOVE,
    ),
    RecordKind(
        "verdict.json",
        lambda folder: write_model_verdict(MODEL_VERDICT, folder),
        read_model_verdict,
        REMOVE,
    ),
    RecordKind(
        "verdict.json",
        lambda folder: verdict.write_verdict(DATA_VERDICT, folder),
        verdict.read_verdict,
        REMOVE,
    ),
    RecordKind(
        RECORD_FILE,
        lambda folder: write_step_data(folder, "a.renderer", {"n": 1}),
        read_step_data,
        REMOVE,
    ),
    RecordKind(
        corrections.FILE,
        lambda folder: write_corrections(Corrections({"a": "b"}), folder),
        read_corrections,
        REMOVE,
    ),
    RecordKind(
        MANIFEST_FILE,
        lambda folder: write_manifest(
            folder, Manifest("drawn", (DataFile("a", 1, "c" * 64),))
        ),
        read_manifest,
        "prodl fetch ",
    ),
    RecordKind(
        "runs/mnist-cnn.json",
        lambda folder: save_record(RunRecord("mnist-cnn.1"), folder, "mnist-cnn"),
        lambda folder: load_record(folder, "mnist-cnn"),
        "the next run of mnist-cnn",
    ),
)
NO_RECORDS = (b"", b"{", b"\xff\xfe{}", b"[]", b"null", b'"text"', b"7")
OTHER_RECORDS = (b"{}", b'{"passed": true}', b'{"values": [], "checks": {"a": 1}}')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An output of a step, as a path in the state folder."""
    folder = tmp_path / "artifacts" / "Step" / "output" / "3"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_damaged_record_names_file_and_remedy(folder: Path, record: RecordKind) -> None:
    record.write(folder)
    assert record.read(folder)
    _assert_refused(record, folder, NO_RECORDS)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_half_of_a_record_names_file_and_remedy(
    folder: Path, record: RecordKind
) -> None:
    record.write(folder)
    content = (folder / record.name).read_bytes()
    halves = (content[: len(content) // 2], content[len(content) // 2 :])
    _assert_refused(record, folder, halves)


@pytest.mark.parametrize(
    "record",
    # All have defaults in corrections; a run record of other fields is of another
    # version of prodl.
    [r for r in RECORDS if r.name != "runs/mnist-cnn.json"],
    ids=lambda record: record.name,
)
def test_record_of_another_shape_is_damaged(folder: Path, record: RecordKind) -> None:
    record.write(folder)
    others = OTHER_RECORDS[record.name == corrections.FILE :]
    _assert_refused(record, folder, others)


def test_verdict_that_was_edited_by_hand_is_damaged(folder: Path) -> None:
    check = GateCheck("a.min", "a", "> 1", "0", passed=False)
    write_model_verdict(ModelVerdict((check,), "c"), folder)
    path = folder / "verdict.json"
    path.write_text(path.read_text().replace('"passed": false', '"passed": true', 1))
    with pytest.raises(DamagedFile, match="contradict"):
        read_model_verdict(folder)


def test_damaged_arrays_of_a_section_name_file_and_remedy(folder: Path) -> None:
    write_step_data(folder, "a.renderer", {}, {"loss": np.arange(100.0)})
    content = (folder / ARRAYS_FILE).read_bytes()
    (folder / ARRAYS_FILE).write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedFile, match=rf"(?s){ARRAYS_FILE} is damaged.*{REMOVE}"):
        _ = read_step_data(folder).arrays


def test_damaged_schema_names_file_and_remedy(folder: Path) -> None:
    write_schema('feature { name: "label" }', folder)
    (folder / SCHEMA_FILE).write_bytes(b"feature {\xff")
    with pytest.raises(DamagedFile, match=rf"(?s){SCHEMA_FILE} is damaged.*{REMOVE}"):
        read_schema(folder)


def test_remedy_for_a_published_model_is_dvc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whatever the folder is called that the checkout lies in.
    root = tmp_path / "artifacts"
    monkeypatch.setenv("PRODL_ROOT", str(root))
    version = root / "models" / "x" / "1"
    version.mkdir(parents=True)
    (root / "params.yaml").touch()
    (version / METRICS_FILE).write_text("{")
    with pytest.raises(DamagedFile, match=f"dvc checkout --force {version}"):
        read_metrics(version)


def _assert_refused(
    record: RecordKind, folder: Path, contents: tuple[bytes, ...]
) -> None:
    path = folder / record.name
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(DamagedFile) as refused:
            record.read(folder)
        assert str(refused.value).startswith(f"{path} is damaged: ")
        assert record.remedy in str(refused.value)
