# SPDX-License-Identifier: Apache-2.0
"""Photographs through Ingest: groups stay together, memory stays flat."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest

from components.contracts.item_table import read_item_table
from components.contracts.modality import MODALITIES
from components.ingest.beam.pipeline import PARTS_FOLDER, IngestJob, add_ingest
from components.ingest.beam.split import SplitRule
from components.ingest.readers import photo_archive
from components.ingest.source_list import READERS
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.beam import BEAM_ARGS
from tests.support.datasets.photo_archives import (
    cats_and_dogs,
    encode,
    photo,
    picture,
    write_zip,
)

pytestmark = pytest.mark.slow

PHOTOGRAPH = MODALITIES["photograph"]
RULE = SplitRule("salt", validation_share=0.25, test_share=0.25)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_archive, "CHUNK_ITEMS", 9)


def _ingest(dataset: str, raw: Path, output: Path, rule: SplitRule = RULE) -> Any:
    reader = f"{READERS}.{dataset}"
    job = IngestJob(
        reader,
        MODALITIES["photograph"],
        raw,
        output / "examples",
        output / "items",
        rule,
    )
    for folder in (job.examples_dir, job.items_dir):
        folder.mkdir(parents=True)
    with beam.Pipeline(argv=list(BEAM_ARGS)) as pipeline:
        add_ingest(pipeline, job)
    for folder in (job.examples_dir, job.items_dir):
        assert not (folder / PARTS_FOLDER).exists()
    return read_item_table(str(job.items_dir)).set_index("item_id")


# Large enough that a smaller copy shows the same: in an icon every pixel counts.
LARGE = (320, 240)


def _smaller(seed: int) -> bytes:
    return encode(picture(seed, LARGE).resize((240, 180)), quality=80)


def test_copies_are_grouped_before_the_split_and_land_in_one(tmp_path: Path) -> None:
    files = cats_and_dogs(40, size=LARGE)
    copies = {f"cat/copy-{n:02d}.jpg": _smaller(n) for n in range(0, 40, 2)}
    same = {f"dog/same-{n:02d}.jpg": photo(n, LARGE) for n in range(1, 40, 4)}
    write_zip(tmp_path / "raw" / "x.zip", files | copies | same)
    table = _ingest("cats_dogs", tmp_path / "raw", tmp_path)
    assert list(table.columns) == [c for c in PHOTOGRAPH.columns if c not in _ELSEWHERE]
    assert set(table["split"]) == {"train", "validation", "test"}
    assert table.groupby("group")["split"].nunique().max() == 1
    for n in range(0, 40, 2):
        pair = table.loc[[f"cat/{n:05d}.jpg", f"cat/copy-{n:02d}.jpg"]]
        assert pair["group"].nunique() == 1
    assert table["group"].nunique() == 40


_ELSEWHERE = ("item_id", "thumbnail")


def test_same_archive_gives_the_same_bytes(tmp_path: Path) -> None:
    write_zip(tmp_path / "raw" / "x.zip", cats_and_dogs(20) | {"cat/x.jpg": photo(0)})
    written = []
    for name in ("first", "second"):
        _ingest("cats_dogs", tmp_path / "raw", tmp_path / name)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        written.append({p.relative_to(tmp_path / name): p.read_bytes() for p in files})
    assert written[0] == written[1]


def test_training_copy_of_a_test_picture_is_left_out_and_named(tmp_path: Path) -> None:
    table = b"image_name,Type_1,Type_2,Type_3\n0.jpg,1,0,0\n1.jpg,0,1,0\n"
    files = {
        "solution_stg1_release.csv": table,
        "test/0.jpg": photo(0, LARGE),
        "test/1.jpg": photo(1),
        "additional/Type_2/5.jpg": _smaller(0),
        "train/Type_1/6.jpg": photo(6),
    }
    write_zip(tmp_path / "raw" / "x.zip", files)
    found = _ingest("cervix", tmp_path / "raw", tmp_path, SplitRule("salt", 0.0))
    assert found["fault"].to_dict() == {
        "additional/Type_2/5.jpg": "belongs with a test item: test/0.jpg",
        "test/0.jpg": "",
        "test/1.jpg": "",
        "train/Type_1/6.jpg": "",
    }
    assert _examples(tmp_path, "train") == ["train/Type_1/6.jpg"]
    assert _examples(tmp_path, "test") == ["test/0.jpg", "test/1.jpg"]


def test_pictures_of_one_patient_share_a_split(tmp_path: Path) -> None:
    files = {
        f"additional/Type_{1 + p % 3}/p{p:03d}_{n}.jpg": photo(10 * p + n)
        for p in range(12)
        for n in range(3)
    }
    write_zip(tmp_path / "raw" / "x.zip", files)
    table = _ingest("cervix", tmp_path / "raw", tmp_path, SplitRule("salt", 0.4))
    assert set(table["split"]) == {"train", "validation"}
    patients = table.index.str.extract(r"(p\d+)_", expand=False)
    assert table.groupby(patients.to_numpy())["split"].nunique().max() == 1


def test_faulty_items_stay_out_of_the_examples(tmp_path: Path) -> None:
    files = cats_and_dogs(12) | {"cat/empty.jpg": b"", "dog/half.jpg": photo(99)[:400]}
    write_zip(tmp_path / "raw" / "x.zip", files)
    table = _ingest("cats_dogs", tmp_path / "raw", tmp_path)
    assert sorted(table.index[table["fault"] != ""]) == [
        "cat/empty.jpg",
        "dog/half.jpg",
    ]
    written = [i for split in RULE_SPLITS for i in _examples(tmp_path, split)]
    assert sorted(written) == sorted(table.index[table["fault"] == ""])


RULE_SPLITS = ("train", "validation", "test")


def _examples(output: Path, split: str) -> list[str]:
    import tensorflow as tf

    files = sorted((output / "examples" / f"Split-{split}").iterdir())
    records = tf.data.TFRecordDataset([str(file) for file in files])
    examples = (tf.train.Example.FromString(r) for r in records.as_numpy_iterator())
    names = [e.features.feature["item_id"].bytes_list.value[0] for e in examples]
    return sorted(name.decode() for name in names)


MEASURE = """
import resource, sys
from pathlib import Path
import apache_beam as beam
from components.contracts.modality import MODALITIES
from components.ingest.beam.pipeline import IngestJob, add_ingest
from components.ingest.beam.split import SplitRule
reader = "components.ingest.readers.cats_dogs"
for folder in map(Path, sys.argv[1:3]):
    outputs = folder / "examples", folder / "items"
    for output in outputs:
        output.mkdir()
    rule = SplitRule("s", 0.1)
    job = IngestJob(reader, MODALITIES["photograph"], folder / "raw", *outputs, rule)
    with beam.Pipeline(argv=sys.argv[3:]) as pipeline:
        add_ingest(pipeline, job)
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_a_thousand_large_photographs_leave_memory_flat(tmp_path: Path) -> None:
    few, many = _peak_megabytes(tmp_path, 100, 1100)
    # The archive grows by 160 MB, and what was decoded at once by 4 GB.
    assert many - few < 70


def _peak_megabytes(folder: Path, *sizes: int) -> list[int]:
    """Peak memory of a process after each ingest of so many large photographs."""
    folders = [folder / str(size) for size in sizes]
    for place, size in zip(folders, sizes, strict=True):
        _write_large(place / "raw" / "x.zip", size)
    command = (sys.executable, "-c", MEASURE, *map(str, folders), *BEAM_ARGS)
    done = subprocess.run(
        # Through a shell: Linux counts the peak of the process that starts another.
        ("sh", "-c", '"$@"; exit $?', "sh", *command),
        cwd=PROJECT_ROOT,
        env={"PYTHONPATH": str(PROJECT_ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = (line.split() for line in done.stdout.splitlines())
    return [int(words[1]) for words in lines if words[:1] == ["peak"]]


def _write_large(path: Path, num: int) -> None:
    """One picture of 1.4 million pixels, each time with 160 kB of other metadata."""
    import random
    import zipfile

    whole = encode(picture(1, (1400, 1000)).convert("L"), quality=30)
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as container:
        for number in range(num):
            note = io.BytesIO()
            for part in range(3):
                noise = random.Random(number * 3 + part).randbytes(53_000)
                note.write(b"\xff\xfe" + (len(noise) + 2).to_bytes(2, "big") + noise)
            name = f"{('cat', 'dog')[number % 2]}/{number:05d}.jpg"
            container.writestr(name, whole[:2] + note.getvalue() + whole[2:])
