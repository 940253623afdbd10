# SPDX-License-Identifier: Apache-2.0
"""Fragments: what is given stays text, and nothing that is given breaks them."""

import io
import struct
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
import pytest
from markupsafe import Markup
from PIL import Image

from components.report import html
from components.report.fragments.text import slug

EVIL = '<script>alert("x")</script>'


@dataclass(frozen=True)
class Check:
    name: str
    wanted: object
    received: object
    passed: bool
    severity: str = "critical"
    note: str = ""
    status: str = ""


def png(side: int = 28) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (side, side), 128).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "fragment",
    [
        html.escape(EVIL),
        html.paragraph(EVIL),
        html.subheading(EVIL, EVIL),
        html.code_block(EVIL),
        html.details(EVIL, EVIL),
        html.badge("passed", EVIL),
        html.badge(EVIL),
        html.table([EVIL], [[EVIL]], caption=EVIL),
        html.facts_list({EVIL: EVIL}),
        html.checks_table([Check(EVIL, EVIL, EVIL, False, note=EVIL)], EVIL),
        html.confusion_matrix([EVIL], [[1]], EVIL),
        html.image_grid([(png(), EVIL), (b"", EVIL)], alt=EVIL),
        html.line_chart({EVIL: [1, 2]}, EVIL, EVIL, EVIL, references={EVIL: 1}),
        html.bar_chart([EVIL], {EVIL: [1]}, EVIL, EVIL),
        html.histogram_pair([1], [1], (EVIL, EVIL), [0, 1], EVIL, EVIL),
        html.reliability_diagram([0.5], [0.5], [1], EVIL),
        html.join(EVIL, EVIL),
        html.side_by_side(EVIL),
        html.link(EVIL, EVIL),
    ],
)
def test_what_is_given_stays_text(fragment: Markup) -> None:
    assert "<script" not in fragment.lower()
    assert isinstance(fragment, Markup)
    ElementTree.fromstring(f"<div>{fragment}</div>")


def test_a_fragment_is_not_escaped_twice() -> None:
    inner = html.badge("passed")
    assert inner in html.table(["Verdict"], [[inner]])
    assert html.escape(html.escape("a & b")) == "a &amp; b"


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    assert html.escape("a\x00b\ud800c") == "a\ufffdb\ufffdc"


def test_columns_of_numbers_are_aligned_right() -> None:
    text = html.table(["Name", "Items"], [["a", 60000], ["b", None]])
    assert '<td class="n">60,000</td>' in text
    assert "<td>a</td>" in text


def test_a_long_table_says_how_much_is_left_out() -> None:
    text = html.table(["Item"], [[i] for i in range(30)], limit=10)
    assert text.count("<tr>") == 11
    assert "20 more rows" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (60000, "60,000"),
        (0.99684, "0.9968"),
        (12.3456, "12.35"),
        (-0.5, "\u22120.5000"),
        (1.2e-7, "1.2e-07"),
        (3.0, "3"),
        (float("nan"), "\u2013"),
        (None, "\u2013"),
        (np.float32(0.25), "0.2500"),
        (np.int64(7), "7"),
    ],
)
def test_numbers_are_written_for_people(value: float | None, text: str) -> None:
    assert html.format_number(value) == text


def test_failed_checks_come_first_and_are_named_in_words() -> None:
    checks = [
        Check("sound", 1, 1, True),
        Check("odd", 1, 2, False, "warning"),
        Check("broken", 1, 3, False),
    ]
    text = html.checks_table(checks)
    assert text.index("broken") < text.index("odd") < text.index("sound")
    assert "Failed" in text
    assert "Warning" in text
    assert "Note" not in text


def test_a_check_that_could_not_run_is_no_plain_failure() -> None:
    broken = Check("sizes", "28 x 28", "KeyError: 'width'", False, status="error")
    assert "Could not run" in html.checks_table([broken])


def test_confusion_counts_recall_and_precision() -> None:
    text = html.confusion_matrix(["cat", "dog"], np.array([[8, 2], [0, 10]]))
    cells = ElementTree.fromstring(text).iter("td")
    assert [cell.text for cell in cells if cell.text] == [
        *("8", "2", "0.800"),
        *("0", "10", "1.000"),
        *("1.000", "0.833", "0.900"),
    ]


def test_many_classes_list_the_most_frequent_mistakes() -> None:
    matrix = [[0] * 50 for _ in range(50)]
    matrix[3][7], matrix[4][2] = 5, 9
    text = html.confusion_matrix([f"class {i}" for i in range(50)], matrix)
    assert text.index("class 4") < text.index("class 3")
    assert text.count("<tr>") == 3


def test_no_items_have_no_confusion() -> None:
    assert "no items" in html.confusion_matrix([], [])


def test_tiny_pictures_keep_sharp_pixels_and_their_shape() -> None:
    tiny, large = html.picture(png(28), 84), html.picture(png(200), 84)
    assert 'class="tiny"' in tiny
    assert 'width="84" height="84"' in tiny
    assert "tiny" not in large


@pytest.mark.parametrize("data", [b"", b"junk", png()[:30], b"\x89PNG\r\n\x1a\n"])
def test_bytes_that_are_no_picture_become_a_frame(data: bytes) -> None:
    assert "not a picture" in html.image_grid([(data, "train/1")])


def test_a_picture_without_any_width_does_no_harm() -> None:
    data = png()
    flat = data[:16] + struct.pack(">II", 0, 0) + data[24:]
    assert "<img" in html.picture(flat)


def test_pictures_carry_text_for_those_who_do_not_see_them() -> None:
    text = html.image_grid([(png(), html.code("4 read as 9"))], alt="misread digit")
    assert 'alt="misread digit: 4 read as 9"' in text


def test_an_anchor_holds_no_space() -> None:
    assert slug("Items: two splits!") == "items-two-splits"
    assert 'id="items-two-splits"' in html.subheading("x", "Items: two splits!")
