# SPDX-License-Identifier: Apache-2.0
"""Archives are read in place; what is dangerous or damaged in them is marked."""

import io
import os
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from components.core.errors import DataRefused
from components.ingest.formats import archives, bounded_zip
from components.ingest.formats.archives import (
    DamagedMember,
    find_archive,
    list_members,
    read_member,
    read_named,
)
from tests.support.datasets.photo_archives import write_tar, write_zip

FILES = {"b/2.jpg": b"second", "a/1.jpg": b"first", "empty.jpg": b""}


@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_members_come_sorted_and_read_back(tmp_path: Path, write) -> None:
    suffix = ".zip" if write is write_zip else ".tar"
    archive = write(tmp_path / f"x{suffix}", FILES)
    members = list_members(archive)
    assert [member.name for member in members] == sorted(FILES)
    assert {m.name: read_member(archive, m) for m in members} == FILES
    assert read_named(archive, "a/1.jpg") == b"first"
    assert read_named(archive, "absent") is None
    assert list(tmp_path.iterdir()) == [archive]


@pytest.mark.parametrize(
    "name",
    ["../outside.jpg", "/etc/passwd", "a/../../b.jpg", "C:/x.jpg", "a\\b.jpg", "a\nb"],
)
@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_unsafe_name_is_marked(tmp_path: Path, write, name: str) -> None:
    suffix = ".zip" if write is write_zip else ".tar"
    (member,) = list_members(write(tmp_path / f"x{suffix}", {name: b"x"}))
    assert member.fault == "unsafe name in the archive"
    assert member.name.isprintable()


def test_name_in_any_script_is_safe(tmp_path: Path) -> None:
    (member,) = list_members(write_zip(tmp_path / "x.zip", {"katze/ü 1.jpg": b"x"}))
    assert (member.name, member.fault) == ("katze/ü 1.jpg", "")


def test_link_in_a_zip_is_marked(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("cat/1.jpg")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as container:
        container.writestr(entry, "/etc/passwd")
    (member,) = list_members(tmp_path / "x.zip")
    assert member.fault == "link in the archive"


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (tarfile.SYMTYPE, "link in the archive"),
        (tarfile.LNKTYPE, "link in the archive"),
        (tarfile.FIFOTYPE, "no ordinary file"),
        (tarfile.CHRTYPE, "no ordinary file"),
    ],
)
def test_what_is_no_file_in_a_tar_is_marked(
    tmp_path: Path, kind: bytes, fault: str
) -> None:
    info = tarfile.TarInfo("cat/1.jpg")
    info.type = kind
    info.linkname = "/etc/passwd"
    with tarfile.open(tmp_path / "x.tar", "w") as container:
        container.addfile(info)
    (member,) = list_members(tmp_path / "x.tar")
    assert member.fault == fault


def test_bomb_by_its_ratio_is_marked_and_a_flat_small_file_is_not(
    tmp_path: Path,
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("bomb.jpg", bytes(5_000_000))
        container.writestr("flat.jpg", bytes(5_000))
    bomb, flat = list_members(tmp_path / "x.zip")
    assert bomb.fault.startswith("packed too tightly: 1 to ")
    assert flat.fault == ""


def test_too_many_bytes_are_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_BYTES", 10)
    archive = write_tar(tmp_path / "x.tar", {"a": bytes(10), "b": bytes(11)})
    assert [m.fault for m in list_members(archive)] == ["", "too many bytes: 11"]


def test_name_that_occurs_twice_keeps_both_rows(tmp_path: Path) -> None:
    archive = tmp_path / "x.tar"
    with tarfile.open(archive, "w") as container:
        for name, content in (("a", b"1"), ("a#2", b"2"), ("a", b"33")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            container.addfile(info, io.BytesIO(content))
    first, other, second = list_members(archive)
    assert [first.name, other.name] == ["a", "a#2"]
    assert first.fault == other.fault == ""
    assert (second.name, second.size) == ("a#3", 2)
    assert second.fault == "name occurs twice in the archive"


def test_zip_of_another_version_is_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "x.zip", {"a.jpg": b"content"})
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x01\x02") + 6] = 99
    archive.write_bytes(bytes(content))
    with pytest.raises(DataRefused, match=r"version 9\.9"):
        list_members(archive)


def test_encrypted_member_is_marked(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "x.zip", {"a.jpg": b"content"})
    content = bytearray(archive.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1
    archive.write_bytes(bytes(content))
    (member,) = list_members(archive)
    assert member.fault == "encrypted in the archive"


def test_changed_byte_of_a_member_is_found_by_its_checksum(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "x.zip", {"a.jpg": b"x" * 100})
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b"x" * 100, b"x" * 99 + b"y"))
    (member,) = list_members(archive)
    with pytest.raises(DamagedMember, match="CRC"):
        read_member(archive, member)


def test_archive_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "x.zip", FILES)
    archive.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(DataRefused, match="Expected a whole zip file"):
        list_members(archive)


@pytest.mark.parametrize("damage", ["changed header", "cut header", "no end mark"])
def test_tar_with_a_damaged_header_is_refused(tmp_path: Path, damage: str) -> None:
    archive = write_tar(tmp_path / "x.tar", {f"{i}.jpg": b"x" * 600 for i in range(5)})
    content = bytearray(archive.read_bytes())
    third = content.index(b"2.jpg")
    if damage == "changed header":
        content[third : third + 512] = b"y" * 512
    del content[third + 100 if damage == "cut header" else len(content) :]
    if damage == "no end mark":
        del content[content.index(b"4.jpg") + 512 + 1024 :]
    archive.write_bytes(bytes(content))
    with pytest.raises(DataRefused, match="a header in it is damaged"):
        list_members(archive)


def test_tar_with_a_negative_size_is_refused(tmp_path: Path) -> None:
    """Python's tarfile takes -1 for no block at all, and goes on."""
    info = tarfile.TarInfo("1.jpg")
    info.size = -1
    header = info.tobuf(tarfile.GNU_FORMAT)
    (tmp_path / "x.tar").write_bytes(header + bytes(2 * tarfile.BLOCKSIZE))
    with pytest.raises(DataRefused, match="negative size"):
        list_members(tmp_path / "x.tar")


def test_tar_with_long_names_is_whole(tmp_path: Path) -> None:
    files = {f"{'folder/' * 30}{i}.jpg": b"x" for i in range(3)}
    for archive_format in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        archive = tmp_path / f"{archive_format}.tar"
        with tarfile.open(archive, "w", format=archive_format) as container:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                container.addfile(info, io.BytesIO(content))
        assert [member.name for member in list_members(archive)] == sorted(files)


def test_changed_archive_is_listed_anew(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "x.zip", {"a.jpg": b"1"})
    before = list_members(archive)
    write_zip(archive, {"a.jpg": b"1", "b.jpg": b"2"})
    os.utime(archive, ns=(1, 1))
    assert len(list_members(archive)) == len(before) + 1


@pytest.mark.parametrize("names", [(), ("a.zip", "b.tar")])
def test_folder_needs_exactly_one_archive(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(DataRefused, match="expected exactly one archive"):
        find_archive(tmp_path)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2]
)
def test_damaged_bytes_of_any_method_are_a_damaged_member(
    tmp_path: Path, method: int
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", method) as container:
        container.writestr("a.jpg", os.urandom(3000))
        container.writestr("b.jpg", b"sound")
    content = bytearray((tmp_path / "x.zip").read_bytes())
    content[45:80] = bytes(35)
    (tmp_path / "x.zip").write_bytes(bytes(content))
    damaged, sound = list_members(tmp_path / "x.zip")
    with pytest.raises(DamagedMember, match=".+"):
        read_member(tmp_path / "x.zip", damaged)
    assert read_member(tmp_path / "x.zip", sound) == b"sound"


def test_bomb_that_lies_about_its_size_is_unpacked_no_further(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_LZMA) as container:
        container.writestr("a.jpg", bytes(100 << 20))
        container.infolist()[0].file_size = 500_000
    (member,) = list_members(tmp_path / "x.zip")
    assert member.fault == ""
    tracemalloc.start()
    with pytest.raises(DamagedMember, match="CRC"):
        read_member(tmp_path / "x.zip", member)
    assert tracemalloc.get_traced_memory()[1] < 96 << 20
    tracemalloc.stop()


def test_directory_that_fills_the_memory_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = write_zip(tmp_path / "x.zip", FILES)
    monkeypatch.setattr(bounded_zip, "MAX_DIRECTORY", 100)
    with pytest.raises(DataRefused, match="its directory has more than 100 bytes"):
        list_members(archive)


@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_more_files_than_a_data_set_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write
) -> None:
    archive = write(tmp_path / f"x.{write.__name__[-3:]}", FILES)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    with pytest.raises(DataRefused, match="more files than a data set"):
        list_members(archive)


def test_member_without_a_name_or_with_an_endless_one_is_marked(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "x.zip", {"x" * 60_000: b"1", "y": b"2"})
    archive.write_bytes(archive.read_bytes().replace(b"x" * 60_000, b"\0" * 60_000))
    members = list_members(archive)
    assert [bool(member.fault) for member in members] == [True, False]
    assert all(len(member.name) <= 4 * archives.MAX_NAME for member in members)
