# SPDX-License-Identifier: Apache-2.0
"""Fetch gets the right bytes from whoever has them, and never leaves wrong ones."""

import gzip
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from components.core.errors import DataNotObtainable, DataRefused, UsageError
from components.ingest.fetch import session
from components.ingest.fetch.fetch import FetchResult, fetch
from components.ingest.fetch.package_index import IndexSettings
from components.ingest.source_list import SourceList, read_source_list
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.datasets.mnist import FILES, TEST_LABELS, TRAIN_IMAGES, VARIANT
from tests.support.file_server import Site, closed_port

WithSources = Callable[..., SourceList]


@pytest.fixture(autouse=True)
def _no_package_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking pip takes a while, and no test here needs its answer."""
    settings = IndexSettings(indexes=())
    monkeypatch.setattr(session, "read_index_settings", lambda: settings)


def _mirror(url: str, **changes: Any) -> dict[str, Any]:
    return {"kind": "url", "url": f"{url}/{{name}}.gz"} | changes


def _fetch(
    source_list: SourceList, destination: Path, from_dir: Path | None = None
) -> FetchResult:
    return fetch(source_list, VARIANT, destination, from_dir, report=lambda line: None)


def _is_complete(destination: Path, raw: Path) -> bool:
    """Whether exactly the four files lie there, and nothing is left beside them."""
    contents = {path.name: path.read_bytes() for path in destination.iterdir()}
    expected = {name: (raw / name).read_bytes() for name in FILES}
    return contents == expected and list(destination.parent.iterdir()) == [destination]


def test_files_come_from_a_server_and_are_unpacked(
    with_sources: WithSources, site: Site, destination: Path, raw: Path
) -> None:
    result = _fetch(with_sources(_mirror(site.url)), destination)
    assert set(result.stored.values()) == {"127.0.0.1"}
    assert _is_complete(destination, raw)


def test_files_that_are_there_are_not_fetched_again(
    with_sources: WithSources, site: Site, destination: Path
) -> None:
    source_list = with_sources(_mirror(site.url))
    _fetch(source_list, destination)
    site.requests.clear()
    assert _fetch(source_list, destination).stored == {}
    assert site.requests == []


def test_folder_that_was_not_needed_is_named(
    with_sources: WithSources, site: Site, destination: Path, tmp_path: Path
) -> None:
    source_list = with_sources(_mirror(site.url))
    _fetch(source_list, destination)
    lines: list[str] = []
    fetch(source_list, VARIANT, destination, tmp_path, lines.append)
    assert f"{tmp_path} was not looked at." in lines


@pytest.mark.parametrize("packed", [False, True])
def test_files_come_from_a_folder_of_the_user(
    root: Path, destination: Path, raw: Path, tmp_path: Path, packed: bool
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in FILES:
        content = (raw / name).read_bytes()
        given = folder / (f"{name}.gz" if packed else name)
        given.write_bytes(gzip.compress(content) if packed else content)
    result = _fetch(read_source_list(root, "mnist"), destination, folder)
    assert set(result.stored.values()) == {f"folder {folder}"}
    assert _is_complete(destination, raw)


def test_the_folder_of_the_user_must_exist(root: Path, destination: Path) -> None:
    with pytest.raises(
        UsageError, match="--from needs a folder or a file. Received 'absent'"
    ):
        _fetch(read_source_list(root, "mnist"), destination, Path("absent"))


def test_what_one_source_lacks_comes_from_the_next(
    with_sources: WithSources, site: Site, destination: Path, raw: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(raw, folder)
    (folder / TEST_LABELS).write_bytes(b"other bytes")
    result = _fetch(with_sources(_mirror(site.url)), destination, folder)
    assert result.stored.pop(TEST_LABELS) == "127.0.0.1"
    assert set(result.stored.values()) == {f"folder {folder}"}
    assert _is_complete(destination, raw)


def test_wrong_file_in_the_destination_is_refused_and_left(
    root: Path, destination: Path
) -> None:
    destination.mkdir(parents=True)
    (destination / TEST_LABELS).write_bytes(b"other bytes")
    source_list = read_source_list(root, "mnist")
    with pytest.raises(DataRefused) as error:
        _fetch(source_list, destination)
    expected = source_list.files(VARIANT)[-1].sha256
    assert error.value.exit_code == 4
    assert str(destination / TEST_LABELS) in str(error.value)
    assert f"Expected 18 bytes with sha256 {expected}" in str(error.value)
    assert "Received 11 bytes with sha256 a3ead" in str(error.value)
    assert (destination / TEST_LABELS).read_bytes() == b"other bytes"


def test_every_source_is_listed_with_its_own_reason(
    with_sources: WithSources, site: Site, destination: Path, tmp_path: Path
) -> None:
    site.pages = dict.fromkeys(site.pages, b"junk")
    silent = f"http://127.0.0.1:{closed_port()}"
    source_list = with_sources(_mirror(silent), _mirror(site.url + "/absent"))
    with pytest.raises(DataNotObtainable) as error:
        _fetch(source_list, destination, tmp_path)
    message = str(error.value)
    assert error.value.exit_code == 3
    assert f"folder {tmp_path}: {TRAIN_IMAGES}: not there, nor with .gz" in message
    assert "Connection refused" in message
    assert "HTTP 404" in message
    for file in source_list.files(VARIANT):
        assert f"{file.name}  {file.size:,} bytes  sha256 {file.sha256}" in message
    assert "prodl fetch mnist --from FOLDER" in message
    assert "Draw them again" in message
    assert not destination.exists()


def test_unreachable_server_is_asked_once(
    with_sources: WithSources, site: Site, destination: Path, raw: Path
) -> None:
    lines: list[str] = []
    source_list = with_sources(
        _mirror(f"http://localhost:{closed_port()}"), _mirror(site.url)
    )
    fetch(source_list, VARIANT, destination, report=lines.append)
    assert sum(line.startswith("localhost: cannot connect") for line in lines) == 1
    assert _is_complete(destination, raw)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no gzip", "not a whole gzip file"),
        (gzip.compress(b"another file"), "wrong size: expected 18 bytes, received 12"),
        (gzip.compress(b"x" * 18), "wrong content: expected sha256"),
        (gzip.compress(bytes(10_000_000)), "expected 18 bytes, received more"),
        (bytes(2_000), "sends 2,000 bytes or more; 1,000 are accepted"),
    ],
    ids=["damaged", "short", "other", "bomb", "large"],
)
def test_wrong_bytes_of_a_server_are_never_stored(
    with_sources: WithSources,
    site: Site,
    destination: Path,
    raw: Path,
    content: bytes,
    reason: str,
) -> None:
    shutil.copytree(raw, destination)
    (destination / TEST_LABELS).unlink()
    site.pages[f"/{TEST_LABELS}.gz"] = content
    # A bomb is small when packed: only the limit on the unpacked size stops it.
    limit = 1_000 if len(content) == 2_000 else 1_000_000
    with pytest.raises(DataNotObtainable, match=reason):
        _fetch(with_sources(_mirror(site.url, max_bytes=limit)), destination)
    assert not (destination / TEST_LABELS).exists()
    assert list(destination.parent.iterdir()) == [destination]


def test_silent_server_is_left_after_its_timeout(
    with_sources: WithSources, site: Site, destination: Path
) -> None:
    site.silence = dict.fromkeys(site.pages, 1.0)
    source_list = with_sources(_mirror(site.url, timeout_seconds=0.1))
    with pytest.raises(DataNotObtainable, match=r"no answer within 0\.1 s"):
        _fetch(source_list, destination)
    assert len(site.requests) == 1


def test_dripping_server_is_left_at_the_deadline(
    with_sources: WithSources, site: Site, destination: Path
) -> None:
    site.drip_seconds = 0.01
    source_list = with_sources(_mirror(site.url, deadline_seconds=0.2))
    with pytest.raises(DataNotObtainable, match=r"not done after 0\.2 s"):
        _fetch(source_list, destination)


@pytest.mark.parametrize("has_ranges", [True, False])
def test_cut_connection_is_taken_up_again(
    with_sources: WithSources,
    site: Site,
    destination: Path,
    raw: Path,
    has_ranges: bool,
) -> None:
    path = f"/{TRAIN_IMAGES}.gz"
    site.cut_after, site.has_ranges = {path: [1000]}, has_ranges
    _fetch(with_sources(_mirror(site.url)), destination)
    assert [r for p, r in site.requests if p == path] == ["", "bytes=1000-"]
    assert _is_complete(destination, raw)


def test_later_fetch_goes_on_where_an_earlier_one_stopped(
    with_sources: WithSources, site: Site, destination: Path, raw: Path
) -> None:
    path = f"/{TRAIN_IMAGES}.gz"
    _leave_part(with_sources, site, destination, path)
    site.requests.clear()
    _fetch(with_sources(_mirror(site.url)), destination)
    assert (path, "bytes=1000-") in site.requests
    assert _is_complete(destination, raw)


def test_part_of_another_version_is_discarded(
    with_sources: WithSources, site: Site, destination: Path, raw: Path
) -> None:
    path = f"/{TRAIN_IMAGES}.gz"
    right = site.pages[path]
    site.pages[path] = bytes(len(right))
    _leave_part(with_sources, site, destination, path)
    site.pages[path] = right
    _fetch(with_sources(_mirror(site.url)), destination)
    assert [r for p, r in site.requests if p == path][-2:] == ["bytes=1000-", ""]
    assert _is_complete(destination, raw)


def _leave_part(
    with_sources: WithSources, site: Site, destination: Path, path: str
) -> None:
    """Make a fetch fail after it received 1000 bytes of a file."""
    site.cut_after = {path: [1000, 0]}
    with pytest.raises(DataNotObtainable, match="the connection broke off"):
        _fetch(with_sources(_mirror(site.url)), destination)


def test_two_fetches_at_once_share_the_work(
    with_sources: WithSources, site: Site, destination: Path, raw: Path
) -> None:
    site.silence = dict.fromkeys(site.pages, 0.05)
    source_list = with_sources(_mirror(site.url))
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(_fetch, source_list, destination) for _ in range(2)]
        stored = sorted(len(future.result().stored) for future in both)
    assert stored == [0, 4]
    assert len(site.requests) == 4
    assert _is_complete(destination, raw)


def test_stranger_in_the_destination_is_named(
    with_sources: WithSources, site: Site, destination: Path
) -> None:
    destination.mkdir(parents=True)
    (destination / "notes.txt").touch()
    lines: list[str] = []
    fetch(with_sources(_mirror(site.url)), VARIANT, destination, report=lines.append)
    assert "also holds notes.txt: not part of the data set" in lines[-1]


@pytest.mark.slow
def test_killed_fetch_leaves_no_half_file_and_is_taken_up_again(
    with_sources: WithSources, site: Site, root: Path, destination: Path, raw: Path
) -> None:
    path = f"/{TRAIN_IMAGES}.gz"
    source_list = with_sources(_mirror(site.url))
    site.drip_seconds = 0.001
    program = (
        "from pathlib import Path;"
        "from components.ingest.fetch.fetch import fetch;"
        "from components.ingest.source_list import read_source_list;"
        "here = Path('data/raw/mnist/official');"
        "fetch(read_source_list(Path(), 'mnist'), 'official', here)"
    )
    environment = os.environ | {"PYTHONPATH": str(PROJECT_ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=root, env=environment
    )
    _wait_until(lambda: any(_sizes(destination.parent, "*.part")))
    process.kill()
    process.wait()
    assert not destination.exists()
    site.drip_seconds = 0.0
    _fetch(source_list, destination)
    first, second = [header for asked, header in site.requests if asked == path]
    assert (first, second[:6]) == ("", "bytes=")
    assert _is_complete(destination, raw)


def _sizes(folder: Path, pattern: str) -> list[int]:
    return [path.stat().st_size for path in folder.rglob(pattern)]


def _wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
