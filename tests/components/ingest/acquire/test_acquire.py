# SPDX-License-Identifier: Apache-2.0
"""Only the very bytes that the source list names get into a pipeline."""

import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from components.core.errors import DataNotObtainable, DataRefused
from components.ingest.acquire.acquire import acquire
from components.ingest.checksums import dvc_directory_md5, files_sha256
from components.ingest.source_list import read_source_list
from tests.support.datasets.mnist import (
    FILES,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_LABELS,
    VARIANT,
    write_idx,
    write_source_list,
)


@pytest.fixture
def folder(destination: Path, raw: Path) -> Path:
    """The raw files of the project, free to be changed."""
    shutil.copytree(raw, destination)
    return destination


def _acquire(
    root: Path, folder: Path, content: str | None = None, md5: str = ""
) -> Path:
    source_list = read_source_list(root, "mnist")
    content = files_sha256(folder, FILES) if content is None else content
    acquire(folder, root / "artifact", source_list, VARIANT, content, md5)
    return root / "artifact"


def _list_again(root: Path, folder: Path) -> None:
    """Let the source list name the files as they are: then only the header counts."""
    write_source_list(root / "data" / "mnist" / "source.yaml", folder)


def test_files_are_linked_not_copied(root: Path, folder: Path) -> None:
    artifact = _acquire(root, folder)
    for name in FILES:
        assert (artifact / name).samefile(folder / name)


def test_md5_decides_where_the_content_is_not_known(root: Path, folder: Path) -> None:
    _acquire(root, folder, content="", md5=dvc_directory_md5(folder))
    with pytest.raises(DataRefused, match=f"Expected content {'0' * 32}.dir"):
        _acquire(root, folder, content="", md5="0" * 32 + ".dir")


def test_files_are_copied_where_linking_fails(
    root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    artifact = _acquire(root, folder)
    for name in FILES:
        assert not (artifact / name).samefile(folder / name)
        assert (artifact / name).read_bytes() == (folder / name).read_bytes()


def test_links_of_dvc_are_followed(root: Path, folder: Path, raw: Path) -> None:
    for name in FILES:
        (folder / name).unlink()
        (folder / name).symlink_to(raw / name)
    artifact = _acquire(root, folder)
    assert not any((artifact / name).is_symlink() for name in FILES)


def test_missing_folder_names_the_command_that_helps(
    root: Path, destination: Path
) -> None:
    with pytest.raises(DataNotObtainable, match="`prodl fetch mnist`"):
        _acquire(root, destination, content="0" * 64)


def test_missing_file_is_refused(root: Path, folder: Path) -> None:
    content = files_sha256(folder, FILES)
    (folder / TEST_LABELS).unlink()
    with pytest.raises(
        DataRefused, match=f"{TEST_LABELS}.*\nExpected 18 bytes.\nReceived no such file"
    ):
        _acquire(root, folder, content)


def test_truncated_file_is_refused(root: Path, folder: Path) -> None:
    (folder / TEST_LABELS).write_bytes((folder / TEST_LABELS).read_bytes()[:-1])
    with pytest.raises(DataRefused, match="Expected 18 bytes.\nReceived 17 bytes"):
        _acquire(root, folder)


def test_changed_byte_is_refused_even_if_time_and_size_are_the_same(
    root: Path, folder: Path
) -> None:
    path = folder / TEST_LABELS
    before = path.stat()
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(DataRefused, match=r"Expected sha256 \w{64}.\nReceived sha256"):
        _acquire(root, folder)


def test_files_that_changed_since_they_were_hashed_are_refused(
    root: Path, folder: Path
) -> None:
    with pytest.raises(DataRefused, match="changed after the pipeline was set up"):
        _acquire(root, folder, content="0" * 64)


def _shrink_images(folder: Path) -> None:
    write_idx(folder / TEST_IMAGES, np.zeros((10, 27, 28)))


def _drop_label(folder: Path) -> None:
    write_idx(folder / TRAIN_LABELS, np.zeros(39))


def _store_as_floats(folder: Path) -> None:
    header = struct.pack(">HBBI", 0, 0x0D, 1, 10)
    (folder / TEST_LABELS).write_bytes(header + bytes(40))


def _promise_more(folder: Path) -> None:
    header = struct.pack(">HBBI", 0, 8, 1, 11)
    (folder / TEST_LABELS).write_bytes(header + bytes(10))


def _empty(folder: Path) -> None:
    (folder / TEST_LABELS).write_bytes(b"\0")


@pytest.mark.parametrize(
    ("plant", "message"),
    [
        (_shrink_images, "wrong image size .* Expected 28 x 28. Received 27 x 28"),
        (_drop_label, "expected 40 labels, .*Received 39"),
        (_store_as_floats, "Expected an IDX .*00 00 08 01. Received 00 00 0d 01"),
        (_promise_more, "its header says 11, which makes 19 bytes. Received 18 bytes"),
        (_empty, "wrong header.*Received 00"),
    ],
)
def test_wrong_header_is_refused_even_if_the_checksum_fits(
    root: Path, folder: Path, plant: Callable[[Path], None], message: str
) -> None:
    plant(folder)
    _list_again(root, folder)
    with pytest.raises(DataRefused, match=message):
        _acquire(root, folder)
