# SPDX-License-Identifier: Apache-2.0
"""Names of data agree with what sha256sum and DVC say."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from components.core.hashing import file_sha256
from components.ingest.checksums import (
    combine_sha256,
    dvc_directory_md5,
    files_sha256,
)


def test_content_is_what_sha256sum_lists(tmp_path: Path) -> None:
    for name in ("b", "a", "unlisted"):
        (tmp_path / name).write_text(f"content of {name}")
    listed = subprocess.run(
        "sha256sum a b | sha256sum", shell=True, cwd=tmp_path, capture_output=True
    ).stdout.decode()
    assert files_sha256(tmp_path, ["b", "a"]) == listed.split()[0]


def test_content_follows_from_the_files_checksums(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    known = {"a": file_sha256(tmp_path / "a")}
    assert files_sha256(tmp_path, ["a"]) == combine_sha256(known)


def test_file_in_another_folder_is_another_version(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / name).mkdir(parents=True)
        (tmp_path / name / name / "x").write_text("content")
    assert dvc_directory_md5(tmp_path / "a") != dvc_directory_md5(tmp_path / "b")


@pytest.mark.slow
def test_folder_has_the_md5_that_dvc_gives_it(tmp_path: Path) -> None:
    folder = tmp_path / "tracked"
    # Names whose order depends on how they are compared, and line ends of both kinds.
    for name in ("a/b", "a-b", "a.b", "B", "sub/deep/x", ".hidden", "empty"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"" if name == "empty" else name.encode() + b"\r\n")
    _dvc(tmp_path, "init", "--no-scm", "--quiet")
    _dvc(tmp_path, "add", "--quiet", "tracked")
    record = yaml.safe_load((tmp_path / "tracked.dvc").read_text())
    assert dvc_directory_md5(folder) == record["outs"][0]["md5"]


def _dvc(folder: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=folder, check=True)
