# SPDX-License-Identifier: Apache-2.0
"""The page of an index is read in one pass, whatever a server sends."""

import json
import time

import pytest

from components.ingest.fetch.download import SourceError
from components.ingest.fetch.index_page import read_index_page

URL = "https://index.invalid/simple/digits/"
JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html; charset=utf-8"


def _read(page: str, content_type: str = HTML) -> dict[str, str]:
    return read_index_page(page.encode(), content_type, URL)


def test_html_gives_names_and_absolute_addresses() -> None:
    page = (
        '<!DOCTYPE html><meta name="pypi:repository-version" content="1.4">'
        '<a href="../../f/a-1.whl#sha256=0" data-requires-python="&gt;=3.9">a-1.whl</a>'
        "<A class=x HREF='/f/b%2B1.whl'\n>b+1.whl</A><a href=c.whl>c.whl</a><a>d</a>"
    )
    assert _read(page) == {
        "a-1.whl": "https://index.invalid/f/a-1.whl#sha256=0",
        "b+1.whl": "https://index.invalid/f/b%2B1.whl",
        "c.whl": f"{URL}c.whl",
    }


def test_base_of_a_page_moves_its_links() -> None:
    page = '<base href="https://files.invalid/x/"><a href="a.whl">a.whl</a>'
    assert _read(page) == {"a.whl": "https://files.invalid/x/a.whl"}


def test_json_gives_names_and_absolute_addresses() -> None:
    files = [{"filename": "a.whl", "url": "/f/a.whl"}, {"filename": 3}, None, {}]
    page = json.dumps({"meta": {"api-version": "1.1"}, "files": files})
    assert _read(page, JSON) == {"a.whl": "https://index.invalid/f/a.whl"}


@pytest.mark.parametrize(
    ("page", "content_type"),
    [
        ('<meta name="pypi:repository-version" content="2.0">', HTML),
        ('{"meta": {"api-version": "9.0"}, "files": []}', JSON),
    ],
)
def test_newer_version_of_the_interface_is_refused(
    page: str, content_type: str
) -> None:
    with pytest.raises(SourceError, match=r"version '\d.0' of the index's interface"):
        _read(page, content_type)


@pytest.mark.parametrize(
    "page", ["", "[", "[]", "3", '{"files": 3}', '{"a":' * 5000, "9" * 5000, "\ufffd"]
)
def test_json_that_is_no_list_of_files_is_refused(page: str) -> None:
    with pytest.raises(SourceError, match="its page"):
        _read(page, JSON)


@pytest.mark.parametrize(
    "unit",
    [
        "<a ",
        "<a <a ",
        "<",
        "<!--",
        "<![CDATA[",
        "</a",
        '<a href="',
        "<a x=",
        "<a\n",
        "&#",
    ],
)
def test_time_grows_with_the_length_of_a_page_only(unit: str) -> None:
    page = unit * ((4 << 20) // len(unit))
    before = time.process_time()
    assert _read(page) == {}
    assert time.process_time() - before < 2
