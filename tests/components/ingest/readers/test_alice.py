# SPDX-License-Identifier: Apache-2.0
"""The reader of Alice: paragraphs in order, without what the publisher put around."""

from pathlib import Path

import apache_beam as beam
import pytest

from components.contracts.item_table import read_item_table
from components.contracts.modality import MODALITIES
from components.contracts.splits import SPLITS
from components.core.errors import DataRefused
from components.ingest.beam.pipeline import IngestJob, add_ingest
from components.ingest.beam.split import SplitRule
from components.ingest.item import TextItem
from components.ingest.readers import alice
from tests.support.beam import BEAM_ARGS
from tests.support.datasets.alice import FILE, wrap, write_book

BOOK = """A BOOK

CHAPTER I. Home

She sat
by the   fire.

  'Don't!' she said--

CHAPTER IX. Away

She left.

THE END"""


def _write(folder: Path, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(content)
    return folder


def _read(raw: Path) -> list[TextItem]:
    return [
        item
        for chunk in alice.list_chunks(raw)
        for item in alice.read_chunk(raw, chunk)
    ]


def test_items_are_the_paragraphs_in_order(tmp_path: Path) -> None:
    items = _read(_write(tmp_path, wrap(BOOK)))

    assert [(item.item_id, item.text) for item in items] == [
        ("01/0001", "She sat by the fire."),
        ("01/0002", "'Don't!' she said--"),
        ("02/0001", "She left."),
        ("02/0002", "THE END"),
    ]
    assert [item.position for item in items] == [0, 1, 2, 3]
    assert not any(item.fault for item in items)


def test_label_is_the_number_in_the_heading(tmp_path: Path) -> None:
    """So a missing chapter is missed under its own number."""
    items = _read(_write(tmp_path, wrap(BOOK)))

    assert [item.label for item in items] == ["01", "01", "09", "09"]


@pytest.mark.parametrize(
    ("numeral", "label"), [("XIV", "14"), ("XLI", "41"), ("LXX", "70"), ("XCIX", "99")]
)
def test_heading_may_have_any_roman_number(
    tmp_path: Path, numeral: str, label: str
) -> None:
    book = f"CHAPTER {numeral}. A Chapter\n\nShe sat by the fire.\n"
    (item,) = _read(_write(tmp_path, wrap(book)))
    assert item.label == label


def test_preceding_share_counts_the_tokens_that_come_before(tmp_path: Path) -> None:
    items = _read(_write(tmp_path, wrap(BOOK)))

    assert [item.num_words for item in items] == [6, 7, 3, 2]
    assert [item.preceding_share for item in items] == [0, 6 / 18, 13 / 18, 16 / 18]
    assert items[0].num_characters == len("She sat by the fire.")


def test_paragraph_that_is_no_utf8_is_marked(tmp_path: Path) -> None:
    content = wrap(BOOK).replace(b"left", b"l\xe9ft")

    faults = [item.fault for item in _read(_write(tmp_path, content))]

    assert faults == ["", "", "not all of it is UTF-8", ""]


def test_repeated_chapter_keeps_ids_apart(tmp_path: Path) -> None:
    items = _read(_write(tmp_path, wrap(BOOK.replace("IX", "I"))))

    ids = [item.item_id for item in items]
    assert ids == sorted(set(ids))
    assert {item.label for item in items} == {"01"}


@pytest.mark.parametrize("body", ["Not a word.", "CHAPTER I. Home", ""])
def test_file_without_chapters_is_refused(tmp_path: Path, body: str) -> None:
    raw = _write(tmp_path, wrap(body))

    with pytest.raises(DataRefused, match="expected lines that begin with CHAPTER"):
        alice.check_files(raw)


def test_ingest_cuts_the_book_into_three_blocks(tmp_path: Path) -> None:
    raw = write_book(tmp_path / "raw", chapters=4, paragraphs=25)
    for name in ("examples", "items"):
        (tmp_path / name).mkdir()
    rule = SplitRule("", validation_share=0.2, test_share=0.1)
    folders = (tmp_path / "examples", tmp_path / "items")
    job = IngestJob(alice.__name__, MODALITIES["text"], raw, *folders, rule)
    with beam.Pipeline(argv=list(BEAM_ARGS)) as pipeline:
        add_ingest(pipeline, job)

    table = read_item_table(str(tmp_path / "items"))

    assert list(table.columns) == list(MODALITIES["text"].columns)
    assert list(dict.fromkeys(table["split"])) == list(SPLITS)
    assert table["split"].map(SPLITS.index).is_monotonic_increasing
    shares = table.groupby("split")["num_words"].sum() / table["num_words"].sum()
    assert shares["test"] == pytest.approx(0.1, abs=0.02)
    assert shares["validation"] == pytest.approx(0.2 * 0.9, abs=0.02)
