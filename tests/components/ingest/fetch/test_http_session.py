# SPDX-License-Identifier: Apache-2.0
"""A server has a time, a number of bytes, and no way to the files of this machine."""

import os
import time
from pathlib import Path

import pytest
import requests

from components.ingest.fetch.http_session import (
    HttpSession,
    LedAway,
    PageTooLarge,
    require_same_kind,
)
from tests.support.file_server import Site, raw_server, serve

LEAD = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {}\r\n\r\n"


def _read(url: str, seconds: float = 5.0, max_bytes: int = 1000) -> bytes:
    return HttpSession().read(url, {}, 5.0, seconds, max_bytes)[1]


def test_page_is_read_whole(tmp_path: Path) -> None:
    with serve(Site(pages={"/a": b"x" * 1000})) as site:
        assert _read(f"{site.url}/a") == b"x" * 1000
    (tmp_path / "page").write_bytes(b"y")
    assert _read((tmp_path / "page").as_uri()) == b"y"


def test_page_without_end_is_cut(tmp_path: Path) -> None:
    with (
        serve(Site(pages={"/a": b"x" * 1001})) as site,
        pytest.raises(PageTooLarge, match="more than 1,000 bytes"),
    ):
        _read(f"{site.url}/a")


def test_slow_page_has_a_deadline() -> None:
    before = time.monotonic()
    with (
        serve(Site(pages={"/a": b"x" * 900}, drip_seconds=0.05)) as site,
        pytest.raises(requests.Timeout),
    ):
        _read(f"{site.url}/a", seconds=0.3)
    assert time.monotonic() - before < 3


def test_slow_head_of_a_response_has_a_deadline() -> None:
    before = time.monotonic()
    with (
        raw_server("HTTP/1.1 200 OK\r\n" + "X-A: b\r\n" * 90, pause=0.05) as url,
        pytest.raises(requests.Timeout),
    ):
        _read(url, seconds=0.3)
    assert time.monotonic() - before < 3


@pytest.mark.parametrize("target", ["file:///etc/hostname", "FILE:///x", "ftp://h/x"])
def test_server_does_not_lead_to_a_file(target: str) -> None:
    with raw_server(LEAD.format(target)) as url, pytest.raises(LedAway, match="server"):
        _read(url)


def test_server_leads_to_another_address(tmp_path: Path) -> None:
    with (
        serve(Site(pages={"/a": b"there"})) as site,
        raw_server(LEAD.format(f"{site.url}/a")) as url,
    ):
        assert _read(url) == b"there"


def test_server_that_leads_in_circles_is_left() -> None:
    with (
        raw_server(LEAD.format("/again")) as url,
        pytest.raises(requests.TooManyRedirects),
    ):
        _read(url)


def test_folder_may_name_its_own_files_and_servers() -> None:
    require_same_kind("file:///index/", "file:///files/a.whl")
    require_same_kind("file:///index/", "https://files.invalid/a.whl")
    with pytest.raises(LedAway):
        require_same_kind("https://index.invalid/", "file:///etc/passwd")


@pytest.mark.parametrize("name", ["absent", "pipe"])
def test_pipe_is_no_page(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    response, content = HttpSession().read(
        (tmp_path / name).as_uri(), {}, 1.0, 1.0, 1000
    )
    assert (response.status_code, content) == (404, b"")
