# SPDX-License-Identifier: Apache-2.0
"""The reader of any texts: paragraphs of any language, in order."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from components.contracts.texts import consecutive
from components.core.errors import DataRefused
from components.ingest.item import TextItem
from components.ingest.readers import texts
from tests.support.datasets.photo_archives import write_folder, write_zip


def _read(folder: Path, files: Mapping[str, bytes | str]) -> list[TextItem]:
    contents = {
        name: text.encode() if isinstance(text, str) else text
        for name, text in files.items()
    }
    if len(files) == 1:
        write_folder(folder, contents)
    else:
        write_zip(folder / "texts.zip", contents)
    texts.check_files(folder)
    (chunk,) = texts.list_chunks(folder)
    items = texts.read_chunk(folder, chunk)
    assert [item.item_id for item in items] == sorted(item.item_id for item in items)
    return items


def test_paragraphs_are_separated_by_blank_lines(tmp_path: Path) -> None:
    text = "\ufeffEin Haus\r\nam See.\r\n \r\n\r\nGru\u0308n \u2013 ja!\r\n"
    first, second = _read(tmp_path, {"Buch.txt": text})
    assert (first.text, second.text) == ("Ein Haus am See.", "Gr\u00fcn \u2013 ja!")
    assert (first.label, first.num_words) == ("Buch", 5)
    assert (second.num_words, second.position) == (4, 1)
    assert second.preceding_share == pytest.approx(5 / 9)
    assert second.fault == ""


def test_lines_are_paragraphs_where_no_line_is_blank(tmp_path: Path) -> None:
    items = _read(tmp_path, {"a.txt": "one\ntwo three\n"})
    assert [item.text for item in items] == ["one", "two three"]


def test_label_is_the_folder_or_else_the_file(tmp_path: Path) -> None:
    files = {"all/LICENSE": "a", "all/v1.0.txt": "b"}
    labels = [item.label for item in _read(tmp_path / "files", files)]
    assert labels == ["LICENSE", "v1.0"]
    files = {"all/numpy/LICENSE": "a", "all/tf/LICENSE": "b", "all/tf/more": "c"}
    labels = [item.label for item in _read(tmp_path / "folders", files)]
    assert labels == ["numpy", "tf", "tf"]


def test_utf_16_is_read_and_other_bytes_are_faults(tmp_path: Path) -> None:
    files = {
        "a.txt": "\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440".encode(
            "utf-16"
        ),
        "b.txt": "Sch\u00f6n\n\nGut".encode("latin-1"),
        "c.txt": b"zero\0byte",
    }
    items = _read(tmp_path, files)
    assert items[0].text == "\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440"
    faults = [item.fault.partition(":")[0] for item in items]
    assert faults == ["", "not all of it is UTF-8", "", "not a text"]


def test_stretches_end_with_a_text_and_are_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "SECTION_WORDS", 5)
    files = {"a.txt": "1 2 3\n\n4\n\n5 6\n\n7 8 9 1 2 3 4", "b.txt": "5"}
    items = _read(tmp_path, files)
    runs = consecutive([item.item_id for item in items])
    assert runs == [[0, 1], [2], [3], [4]]


def test_header_and_licence_of_gutenberg_are_left_out(tmp_path: Path) -> None:
    text = (
        "Title\n\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\nBody\n\n"
        "*** END OF THE PROJECT GUTENBERG EBOOK X ***\n\nLicence\n"
    )
    assert [item.text for item in _read(tmp_path, {"a.txt": text})] == ["Body"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.txt": " \n\n"}, "with words in them"),
        ({"a.pdf": "%PDF"}, "(?s)files that end with .txt.*Received a.pdf"),
    ],
)
def test_what_is_no_text_is_refused(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    with pytest.raises(DataRefused, match=message):
        _read(tmp_path, files)


def test_more_than_fits_into_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "MAX_BYTES", 5)
    with pytest.raises(DataRefused, match="at most 5 bytes together"):
        _read(tmp_path, {"a.txt": "too long"})


def test_script_without_blanks_is_named(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a.txt": "\u732b\u304c\u597d\u304d\u3067\u3059".encode()})
    assert texts.find_unseparated_script(tmp_path) == "Chinese or Japanese"
    write_folder(tmp_path, {"a.txt": "\uc548\ub155 \uc138\uacc4".encode()})
    assert texts.find_unseparated_script(tmp_path) == ""
