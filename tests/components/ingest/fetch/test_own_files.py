# SPDX-License-Identifier: Apache-2.0
"""A user's own files become what the reader of their modality takes."""

import gzip
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from components.contracts.modality import ModalityName
from components.contracts.table_layout import Column, TableLayout
from components.core.errors import DataNotObtainable, DataRefused, UsageError
from components.ingest.fetch import offered, unlisted_sources
from components.ingest.fetch.fetch import fetch
from components.ingest.fetch.own_files import take_own_files
from components.ingest.file_manifest import MANIFEST_FILE, read_manifest
from components.ingest.formats.archives import list_members, read_named
from components.ingest.source_list import SourceList
from components.ingest.variant import Variant
from pipelines.commands.fetch import ask
from tests.support.datasets.photo_archives import (
    encode,
    photo,
    picture,
    write_folder,
    write_tar,
    write_zip,
)

PNG = encode(picture(1, (12, 9)), "PNG")
IMAGES = b"\0\0\x08\x03" + bytes([0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 8]) + bytes(128)
LABELS = b"\0\0\x08\x01" + bytes([0, 0, 0, 2, 0, 1])
PICTURES = {
    "fox/1.png": PNG,
    "fox/broken.jpg": b"",
    "hare/two of them.jpg": photo(2),
    "hare/no_extension": PNG,
    "labels.csv": b"file,label\n1.png,fox\ntwo of them.jpg,hare\ngone.png,fox\n",
    "prices.csv": b"a,b\n1,2\n",
    "readme.txt": b"hello",
    ".DS_Store": b"x",
    "__MACOSX/1.png": PNG,
}


def _sources(modality: ModalityName, **facts: Any) -> SourceList:
    return SourceList(
        dataset="mine",
        title="Mine",
        licence="CC0-1.0",
        redistributable=True,
        citation="None.",
        modality=modality,
        variants={"own": Variant(origin="user")},
        **facts,
    )


def _take(
    folder: Path, modality: ModalityName, files: Mapping[str, bytes]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    (folder / "new").mkdir()
    given = write_folder(folder / "mine", files)
    taken = take_own_files(modality, given, folder / "new")
    assert sorted(folder.iterdir()) == [given, folder / "new"]
    assert sorted(taken.paths) == sorted((folder / "new").iterdir())
    return {path.name: path.read_bytes() for path in taken.paths}, taken.left_out


@pytest.mark.parametrize("give", ["folder", "zip", "tar", "tgz"])
def test_pictures_are_packed_with_their_table(tmp_path: Path, give: str) -> None:
    given = tmp_path / "mine"
    if give == "folder":
        write_folder(given, PICTURES)
    elif give == "zip":
        write_zip(given, PICTURES)
    else:
        write_tar(given, PICTURES, "w:gz" if give == "tgz" else "w")
    (tmp_path / "new").mkdir()
    taken = take_own_files("photograph", given, tmp_path / "new")
    (archive,) = taken.paths
    members = list_members(archive)
    assert [m.name for m in members] == sorted(list(PICTURES)[:5])
    assert read_named(archive, "fox/1.png") == PNG
    hidden = ("2 x hidden: .DS_Store, __MACOSX/1.png",) if give != "folder" else ()
    assert taken.left_out == (
        *hidden,
        "1 x named in labels.csv, but not there: gone.png",
        "1 x names no picture: prices.csv",
        "1 x not a picture: readme.txt",
    )


def test_idx_files_are_uncompressed(tmp_path: Path) -> None:
    files = {
        "train images.gz": gzip.compress(IMAGES),
        "sub/train labels": LABELS,
        "notes.txt": b"hello",
    }
    taken, left_out = _take(tmp_path, "image", files)
    assert taken == {"train_images": IMAGES, "train_labels": LABELS}
    assert left_out == ("1 x no IDX file of bytes: notes.txt",)


def test_tables_are_copied_under_plain_names(tmp_path: Path) -> None:
    files = {
        "train/Birds (new).csv": b"a,b\n1,2\n",
        "test/Birds (new).csv": b"a,b\n3,4\n",
        "more.tsv.gz": gzip.compress(b"a\tb\n"),
        "book.xlsx": b"PK",
    }
    taken, left_out = _take(tmp_path, "table", files)
    assert taken == {
        "Birds_new_.csv": b"a,b\n3,4\n",
        "Birds_new_-train.csv": b"a,b\n1,2\n",
        "more.tsv": b"a\tb\n",
    }
    assert left_out == ("1 x no table (.csv, .tsv, .parquet): book.xlsx",)


def test_one_text_is_copied_and_several_are_packed(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    taken, left_out = _take(
        tmp_path / "one", "text", {"\u00c4 b.md": b"a", "x.so": b"b", "y": b"\0"}
    )
    assert taken == {"file-\u00c4_b.txt": b"a"}
    assert left_out == ("2 x no text: x.so, y",)
    taken, _ = _take(tmp_path / "two", "text", {"LICENSE.BSD": b"a", "b.txt": b"b"})
    assert list(taken) == ["texts.zip"]


@pytest.mark.parametrize(
    ("modality", "wanted"),
    [
        ("photograph", "expected pictures"),
        ("image", "expected IDX files"),
        ("text", "expected texts"),
        ("table", "expected tables"),
        ("ratings", "expected tables of ratings"),
    ],
)
def test_nothing_of_the_modality_is_refused(
    tmp_path: Path, modality: ModalityName, wanted: str
) -> None:
    with pytest.raises(DataRefused, match=f"{wanted}.*\nReceived none: 1 x .*a.bin"):
        _take(tmp_path, modality, {"a.bin": b"\0\1"})
    assert list((tmp_path / "new").iterdir()) == []


def test_archive_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "mine.zip", {"fox/1.png": PNG})
    archive.write_bytes(archive.read_bytes()[:-30])
    (tmp_path / "new").mkdir()
    with pytest.raises(DataRefused, match=r"mine.zip cannot be read: it is damaged"):
        take_own_files("photograph", archive, tmp_path / "new")
    with pytest.raises(DataRefused, match="1 x archive beside other files"):
        take_own_files("photograph", tmp_path, tmp_path / "new")


def test_ratings_are_tables_or_the_files_of_movielens(tmp_path: Path) -> None:
    tables = {"a/ratings.csv": b"user,film,rating\n", "b.parquet": b"PAR1"}
    (tmp_path / "1").mkdir()
    taken, left_out = _take(tmp_path / "1", "ratings", tables)
    assert taken == {"ratings.csv": b"user,film,rating\n"}
    assert left_out == ("1 x Parquet; export it as CSV: b.parquet",)
    known = {"u.data": b"1 2 3 4\n", "u.item": b"2|T|\n", "u1.test": b"1 2 3 4\n"}
    files = {f"ml-100k/{name}": content for name, content in known.items()}
    (tmp_path / "2").mkdir()
    taken, left_out = _take(tmp_path / "2", "ratings", files | {"ml-100k/README": b""})
    assert taken == known
    assert left_out == ("1 x not needed of MovieLens-100k: ml-100k/README",)


def test_damaged_compression_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="a.csv.gz is damaged"):
        _take(tmp_path, "table", {"a.csv.gz": gzip.compress(b"a,b\n")[:-3]})


def test_what_unpacks_to_very_much_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="packed too tightly"):
        _take(tmp_path, "table", {"a.csv.gz": gzip.compress(bytes(101 << 20))})


def test_links_and_pipes_are_left_out(tmp_path: Path) -> None:
    write_folder(tmp_path / "mine", {"fox/1.png": PNG})
    (tmp_path / "mine" / "link.png").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "mine" / "pipe.png")
    (tmp_path / "mine" / os.fsdecode(b"\xff\n.png")).write_bytes(PNG)
    _, left_out = _take(tmp_path, "photograph", {})
    assert left_out == (
        "1 x link: link.png",
        "1 x no ordinary file: pipe.png",
        "1 x name that cannot be printed: \\udcff\\n.png",
    )


def test_files_are_recorded_and_nothing_else_is_installed(tmp_path: Path) -> None:
    sources = _sources("image", classes=("a", "b"), image_shape=(8, 8, 1))
    given = write_folder(tmp_path / "mine", {"images": IMAGES, "labels": LABELS})
    raw = tmp_path / "raw" / "own"
    stored = fetch(sources, "own", raw, given, lambda line: None).stored
    assert list(stored) == ["images", "labels"]
    names = {path.name for path in raw.iterdir()}
    assert names == {"images", "labels", MANIFEST_FILE}
    record = read_manifest(raw)
    assert record is not None
    assert [file.name for file in record.files] == ["images", "labels"]
    assert [path.name for path in raw.parent.iterdir()] == ["own"]
    assert fetch(sources, "own", raw, None, lambda line: None).stored == {}


def test_data_that_the_reader_refuses_are_not_installed(tmp_path: Path) -> None:
    sources = _sources("image", classes=("a", "b"), image_shape=(28, 28, 1))
    given = write_folder(tmp_path / "mine", {"images": IMAGES, "labels": LABELS})
    with pytest.raises(DataRefused, match=f"{given}/images: expected images of 28"):
        fetch(sources, "own", tmp_path / "raw" / "own", given, lambda line: None)
    assert list(tmp_path.iterdir()) == [given]


def test_file_that_did_not_come_by_a_fetch_is_left(tmp_path: Path) -> None:
    table = TableLayout("y", {"x": Column("number")})
    sources = _sources("table", table=table, classes=("a", "b"))
    raw = write_folder(tmp_path / "raw", {"mine.csv": b"x,y\n1,a\n"})
    given = write_folder(tmp_path / "given", {"mine.csv": b"x,y\n2,b\n"})
    with pytest.raises(DataRefused, match="mine.csv did not come by a fetch"):
        fetch(sources, "own", raw, given, lambda line: None)
    assert (raw / "mine.csv").read_bytes() == b"x,y\n1,a\n"


def test_gigabytes_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = write_folder(tmp_path / "mine", {"a/1.png": PNG})
    with (tmp_path / "mine" / "a" / "2.png").open("wb") as sparse:
        sparse.truncate(40 << 30)
    sources = _sources("photograph", classes=("a",))
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115
    with pytest.raises(UsageError, match=r"2 files of together 42.9 GB\..*\n.*--yes"):
        fetch(sources, "own", tmp_path / "raw", given, lambda line: None, ask)
    monkeypatch.setattr(offered.os, "statvfs", _full_disk)
    with pytest.raises(DataNotObtainable, match="has 0.0 GB left"):
        fetch(sources, "own", tmp_path / "raw", given, lambda line: None)
    assert not (tmp_path / "raw").exists()


def _full_disk(folder: Path) -> os.statvfs_result:
    return os.statvfs_result((4096, 4096, 9, 9, 9, 9, 9, 9, 0, 255))


def test_counting_stops_at_more_files_than_a_data_set_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offered, "MAX_MEMBERS", 2)
    given = write_folder(tmp_path, dict.fromkeys("abc", b""))
    with pytest.raises(DataRefused, match="more files than a data set"):
        offered.measure(given)
    assert unlisted_sources.ASK_ABOVE == 2 << 30
