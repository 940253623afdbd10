# SPDX-License-Identifier: Apache-2.0
"""The reader of any pictures: classes by folder or table, and no file is lost."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from components.core.errors import DataRefused
from components.core.json_files import write_json
from components.ingest.corrections import Corrections, write_corrections
from components.ingest.item import ImageItem
from components.ingest.reader_options import FILE, ReaderOptions
from components.ingest.readers import pictures
from components.ingest.readers.reader import groups_near_duplicates
from tests.support.datasets.photo_archives import encode, photo, picture, write_zip

PNG = encode(picture(1, (12, 9)), "PNG")


def _read(
    folder: Path,
    files: Mapping[str, bytes],
    classes: tuple[str, ...],
    group_by: str = "",
) -> dict[str, ImageItem]:
    write_zip(folder / "photographs.zip", files)
    options = ReaderOptions("mine", classes, group_by=group_by)
    write_json(folder / FILE, asdict(options))
    pictures.check_files(folder)
    chunks = pictures.list_chunks(folder)
    items = [item for chunk in chunks for item in pictures.read_chunk(folder, chunk)]
    assert [item.item_id for item in items] == sorted(item.item_id for item in items)
    return {item.item_id: item for item in items}


@pytest.mark.parametrize(
    ("path", "label", "split"),
    [
        ("red fox/1.png", "red fox", ""),
        ("mine/hare/1.png", "hare", ""),
        ("train/hare/1.png", "hare", "train"),
        ("Testing/hare/day/1.png", "hare", "test"),
        ("val/hare/1.png", "hare", "validation"),
        ("hare/red fox/1.png", "hare", ""),
        ("hare/test/1.png", "hare", ""),
        ("stray.png", "", ""),
        ("hares/1.png", "", ""),
    ],
)
def test_class_and_split_stand_in_the_path(path: str, label: str, split: str) -> None:
    catalogue = pictures.Catalogue((), (), {}, ("hare", "red fox"))
    found = pictures.read_labels_of(path, catalogue)
    assert (found.label, found.official_split) == (label, split)


def test_every_file_becomes_an_item(tmp_path: Path) -> None:
    files = {
        "hare/1.png": PNG,
        "hare/2.jpg": photo(2),
        "fox/broken.png": PNG[:200],
        "fox/empty.gif": b"",
        "owl/3.png": PNG,
    }
    items = _read(tmp_path, files, ("fox", "hare"))
    assert items.keys() == files.keys()
    assert items["hare/2.jpg"].image == files["hare/2.jpg"]
    faults = {name: item.fault for name, item in items.items() if item.fault}
    assert faults == {
        "fox/broken.png": "truncated: image file is truncated",
        "fox/empty.gif": "empty file",
        "owl/3.png": "no class in its path",
    }
    assert groups_near_duplicates(pictures)


def test_table_gives_class_split_and_group(tmp_path: Path) -> None:
    table = (
        "\ufefffile;species;camera;split\n"
        "1.png;fox;north;train\n"
        "two of them.png;red fox;south;test\n"
        "3;owl;north;train\n"
        "gone.png;fox;north;train\n"
    )
    files = {
        "img/1.png": PNG,
        "img/two of them.png": PNG,
        "img/3.png": PNG,
        "img/unlisted.png": PNG,
        "labels.csv": table.encode(),
    }
    items = _read(tmp_path, files, ("fox", "red fox"), group_by="camera")
    assert "labels.csv" not in items
    found = {
        name: (item.label, item.official_split, item.group_key)
        for name, item in items.items()
    }
    assert found["img/1.png"] == ("fox", "train", "north")
    assert found["img/two of them.png"] == ("red fox", "test", "south")
    assert items["img/3.png"].fault == "unknown class: 'owl'"
    assert items["img/unlisted.png"].fault == "in no table of labels"


def test_table_is_a_split_by_its_name_and_columns_are_found_by_content(
    tmp_path: Path,
) -> None:
    files = {
        "a.png": PNG,
        "b.png": PNG,
        "train.csv": b"id,what\na,fox\n",
        "test_labels.tsv": b"what\tid\nhare\tb\n",
    }
    items = _read(tmp_path, files, ("fox", "hare"))
    assert [(i.label, i.official_split) for i in items.values()] == [
        ("fox", "train"),
        ("hare", "test"),
    ]


def test_picture_with_two_labels_has_a_fault(tmp_path: Path) -> None:
    table = b"file,label\na.png,fox\na.png,hare\nb.png,fox\n"
    files = {"a.png": PNG, "b.png": PNG, "labels.csv": table}
    items = _read(tmp_path, files, ("fox", "hare"))
    assert items["a.png"].fault == "two labels: fox, hare"


def test_corrections_of_the_source_list_hold(tmp_path: Path) -> None:
    corrections = Corrections({"fox/2": "hare"}, {"fox/3": "another camera"})
    write_corrections(corrections, tmp_path)
    files = dict.fromkeys(("fox/1.png", "fox/2.png", "fox/3.png"), PNG)
    items = _read(tmp_path, files, ("fox", "hare"))
    assert items["fox/2.png"].label == "hare"
    assert items["fox/3.png"].fault == "known to be broken: another camera"


@pytest.mark.parametrize(
    ("files", "group_by", "message"),
    [
        ({"owl/1.png": PNG}, "", "Expected names such as fox/1.png, or a CSV"),
        ({"1.png": PNG, "l.csv": b"file,label\n1.png,owl\n"}, "", "the classes fox"),
        ({"fox/1.png": PNG}, "camera", "no table of labels has the column 'camera'"),
        (
            {"fox/1.png": PNG, "l.csv": b"file,label\n1.png,f\xf6x\n"},
            "",
            "l.csv: expected a table of labels in UTF-8",
        ),
    ],
)
def test_archive_that_cannot_be_labelled_is_refused(
    tmp_path: Path, files: Mapping[str, bytes], group_by: str, message: str
) -> None:
    with pytest.raises(DataRefused, match=message):
        _read(tmp_path, files, ("fox",), group_by)


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["b/1.png", "a b/1.png"], ("a b", "b")),
        (["mine/train/10/1.png", "mine/test/9/1.png", "mine/x.txt"], ("9", "10")),
        (["mine/fox/1.png", "mine/fox/2.png"], ("fox",)),
        (["fox/red/1.png", "hare/2.png"], ("fox", "hare")),
        (["1.png"], ()),
    ],
)
def test_classes_are_found_in_folders(
    tmp_path: Path, names: list[str], classes: tuple[str, ...]
) -> None:
    archive = write_zip(tmp_path / "x.zip", dict.fromkeys(names, b""))
    assert pictures.find_classes(archive) == classes


def test_table_without_labels_leaves_the_folders_in_force(tmp_path: Path) -> None:
    table = b"file,width,camera\nfox/1.png,12,a\nhare/2.png,12,b\n"
    files = {"fox/1.png": PNG, "hare/2.png": PNG, "facts.csv": table}
    items = _read(tmp_path, files, ("fox", "hare"), group_by="camera")
    found = [(item.label, item.group_key, item.fault) for item in items.values()]
    assert found == [("fox", "a", ""), ("hare", "b", "")]
    assert pictures.find_classes(tmp_path / "photographs.zip") == ("fox", "hare")


def test_classes_are_found_in_a_table(tmp_path: Path) -> None:
    table = b"file,split,kind,label\n1.png,train,x,fox\n2.png,test,y,hare\n"
    files = {"1.png": PNG, "2.png": PNG, "labels.csv": table}
    archive = write_zip(tmp_path / "x.zip", files)
    assert pictures.find_classes(archive) == ("fox", "hare")
    assert pictures.find_classes(archive, "kind") == ("x", "y")
    with pytest.raises(DataRefused, match="no table of labels has the column 'no'"):
        pictures.find_classes(archive, "no")
