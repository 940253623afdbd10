# SPDX-License-Identifier: Apache-2.0
"""Readers of photographs: labels come from paths, and no file is lost."""

from pathlib import Path

import pytest

from components.core.errors import DataRefused
from components.ingest.corrections import Corrections, write_corrections
from components.ingest.item import ImageItem
from components.ingest.readers import cats_dogs, cervix, photo_archive
from components.ingest.readers.cervix import Catalogue
from components.ingest.readers.reader import (
    Reader,
    groups_near_duplicates,
    load_reader,
)
from components.ingest.source_list import READERS, read_source_list
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.datasets.photo_archives import (
    cats_and_dogs,
    photo,
    write_tar,
    write_zip,
)

TABLE = b"image_name,Type_1,Type_2,Type_3\n0.jpg,0,1,0\np7_1.jpg,0,0,1\n"


def _read(reader: Reader, folder: Path) -> list[ImageItem]:
    chunks = reader.list_chunks(folder)
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    return [item for chunk in chunks for item in reader.read_chunk(folder, chunk)]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("PetImages/Cat/7.jpg", "cat"),
        ("PetImages/Dog/7.jpg", "dog"),
        ("dogs/rex.jpg", "dog"),
        ("train/cat.7.jpg", "cat"),
        ("small/cat/dog.1.jpg", "cat"),
        ("PetImages/readme.txt", ""),
        ("catalogue/1.jpg", ""),
    ],
)
def test_animal_stands_in_the_path(name: str, label: str) -> None:
    assert cats_dogs.parse_member_path(name).label == label


def test_every_file_of_an_archive_becomes_an_item(tmp_path: Path) -> None:
    files = cats_and_dogs(6) | {
        "cat/broken.jpg": photo(9)[:300],
        "cat/Thumbs.db": b"\xd0\xcf\x11\xe0",
        "readme.txt": b"Terms.",
        "lost.jpg": photo(10),
        "../cat/1.jpg": photo(11),
    }
    write_zip(tmp_path / "photographs.zip", files)
    items = _read(cats_dogs, tmp_path)
    assert [item.item_id for item in items] == sorted(files)
    faults = {item.item_id: item.fault.partition(":")[0] for item in items}
    assert {name: fault for name, fault in faults.items() if fault} == {
        "cat/broken.jpg": "truncated",
        "cat/Thumbs.db": "not a JPEG",
        "readme.txt": "not a JPEG",
        "lost.jpg": "no class in its path",
        "../cat/1.jpg": "unsafe name in the archive",
    }
    sound = next(item for item in items if item.item_id == "cat/00000.jpg")
    assert sound.image == files["cat/00000.jpg"]
    assert (sound.label, sound.official_split) == ("cat", "")


def test_member_damaged_in_the_archive_is_a_faulty_item(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "x.zip", cats_and_dogs(2))
    content = bytearray(archive.read_bytes())
    content[content.index(b"\xff\xd8\xff") + 300] ^= 1
    archive.write_bytes(bytes(content))
    first, second = _read(cats_dogs, tmp_path)
    assert first.fault.startswith("damaged in the archive: ")
    assert second.fault == ""


def test_a_tar_gives_the_same_items_as_a_zip(tmp_path: Path) -> None:
    files = cats_and_dogs(5)
    for folder, write in (("zip", write_zip), ("tar", write_tar)):
        write(tmp_path / folder / f"x.{folder}", files)
    assert _read(cats_dogs, tmp_path / "zip") == _read(cats_dogs, tmp_path / "tar")


@pytest.mark.parametrize(
    ("limit", "value"), [("CHUNK_ITEMS", 2), ("CHUNK_BYTES", 3000)]
)
def test_chunks_are_limited_in_items_and_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    write_zip(tmp_path / "x.zip", cats_and_dogs(7))
    whole = _read(cats_dogs, tmp_path)
    monkeypatch.setattr(photo_archive, limit, value)
    assert len(cats_dogs.list_chunks(tmp_path)) > 2
    assert _read(cats_dogs, tmp_path) == whole


def test_chunk_is_as_large_as_its_limit_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = cats_and_dogs(9)
    write_zip(tmp_path / "x.zip", files)
    sizes = [len(files[name]) for name in sorted(files)]
    limit = 2 * max(sizes)
    monkeypatch.setattr(photo_archive, "CHUNK_BYTES", limit)
    chunks = cats_dogs.list_chunks(tmp_path)
    ends = [chunk.start + chunk.count for chunk in chunks]
    assert ends[-1] == 9
    for chunk, end in zip(chunks, ends, strict=True):
        assert sum(sizes[chunk.start : end]) <= limit
        assert end == 9 or sum(sizes[chunk.start : end + 1]) > limit


def test_archive_without_any_class_is_refused(tmp_path: Path) -> None:
    write_zip(tmp_path / "x.zip", {"birds/1.jpg": photo(1)})
    with pytest.raises(DataRefused, match="(?s)none of 1 files .*Received birds/1.jpg"):
        cats_dogs.check_files(tmp_path)


@pytest.mark.parametrize(
    ("name", "label", "split"),
    [
        ("train/Type_1/3.jpg", "Type_1", "train"),
        ("additional/Type_3/3.jpg", "Type_3", "additional"),
        ("test/3.jpg", "Type_2", "test_stage_1"),
        ("test_stg2/9.jpg", "", "test_stage_2"),
    ],
)
def test_type_and_official_split_stand_in_path_or_table(
    name: str, label: str, split: str
) -> None:
    catalogue = Catalogue({"test/3.jpg": "Type_2"}, Corrections())
    found = cervix.parse_member_path(name, catalogue)
    assert (found.label, found.official_split, found.group_key) == (label, split, "")


def test_cervix_archive_with_its_table_and_corrections(tmp_path: Path) -> None:
    files = {
        "solution_stg1_release.csv": TABLE,
        "test/0.jpg": photo(1),
        "test/p7_1.jpg": photo(2),
        "test/unknown.jpg": photo(3),
        "train/Type_1/80.jpg": photo(4),
        "train/Type_1/81.jpg": photo(5),
        "train/Type_2/p7_2.jpg": photo(6),
        "stray/Type_2/1.jpg": photo(7),
    }
    write_zip(tmp_path / "x.zip", files)
    corrections = Corrections({"train/80": "Type_3"}, {"train/Type_1/81": "truncated"})
    write_corrections(corrections, tmp_path)
    cervix.check_files(tmp_path)
    items = {item.item_id: item for item in _read(cervix, tmp_path)}
    assert set(items) == set(files) - {"solution_stg1_release.csv"}
    labels = {name: item.label for name, item in items.items()}
    assert labels["test/0.jpg"] == "Type_2"
    assert labels["test/p7_1.jpg"] == "Type_3"
    assert labels["train/Type_1/80.jpg"] == "Type_3"
    assert items["train/Type_1/81.jpg"].fault == "known to be broken: truncated"
    assert items["test/unknown.jpg"].fault == "no class in its path"
    assert items["stray/Type_2/1.jpg"].fault == "in no known folder: stray"
    both = ("test/p7_1.jpg", "train/Type_2/p7_2.jpg")
    assert {items[name].group_key for name in both} == {"p7"}


def test_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    table = b"image,class\n0.jpg,1\n"
    files = {"solution_stg1_release.csv": table, "train/Type_1/1.jpg": photo(1)}
    write_zip(tmp_path / "x.zip", files)
    with pytest.raises(DataRefused, match="expected the columns Type_1, .*image_name"):
        cervix.check_files(tmp_path)


@pytest.mark.parametrize(
    ("row", "received"),
    [
        ("0.jpg,0,0,0", "0, 0, 0"),
        ("0.jpg,1,1,0", "1, 1, 0"),
        ("0.jpg,0.3,0.4,0.3", "0.3, 0.4, 0.3"),
        ("0.jpg,yes,no,no", "yes, no, no"),
    ],
)
def test_table_that_names_no_one_type_is_refused(
    tmp_path: Path, row: str, received: str
) -> None:
    table = f"image_name,Type_1,Type_2,Type_3\n{row}\n".encode()
    files = {"solution_stg1_release.csv": table, "train/Type_1/1.jpg": photo(1)}
    write_zip(tmp_path / "x.zip", files)
    with pytest.raises(DataRefused, match=rf"(?s)0\.jpg: .*Received {received}"):
        cervix.check_files(tmp_path)


def test_table_in_another_encoding_is_refused(tmp_path: Path) -> None:
    table = TABLE.decode().encode("utf-16")
    files = {"solution_stg1_release.csv": table, "train/Type_1/1.jpg": photo(1)}
    write_zip(tmp_path / "x.zip", files)
    with pytest.raises(DataRefused, match="expected text in UTF-8"):
        cervix.check_files(tmp_path)


def test_corrections_of_the_project_are_read_with_its_source_list() -> None:
    corrections = read_source_list(PROJECT_ROOT, "cervix").corrections
    assert corrections.label("train/Type_2/80.jpg") == "Type_3"
    assert corrections.broken_file("additional/Type_1/5893.jpg") == "empty"
    assert corrections.broken_file("additional/Type_3/5893.jpg") == ""


def test_photographs_are_read_by_readers_that_group_them() -> None:
    grouping = {
        name: groups_near_duplicates(load_reader(f"{READERS}.{name}"))
        for name in ("mnist", "cats_dogs", "cervix")
    }
    assert grouping == {"mnist": False, "cats_dogs": True, "cervix": True}
