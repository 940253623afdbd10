# SPDX-License-Identifier: Apache-2.0
"""Acquire on a machine without the data: DVC pulls them from a real S3 remote.

The S3 server is moto's; git, DVC and its S3 client are the real ones.
"""

import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.core.errors import DataNotObtainable, DataRefused
from components.ingest.acquire.acquire import acquire, raw_folder
from components.ingest.acquire.dvc_pull import DvcOrigin
from components.ingest.checksums import dvc_directory_md5, files_sha256
from components.ingest.reader_options import FILE as OPTIONS_FILE
from components.ingest.source_list import SourceList, read_source_list
from tests.support.datasets.mnist import FILES, write_mnist, write_source_list
from tests.support.s3_server import s3_server

pytestmark = pytest.mark.slow

VARIANT = "official"
FOLDER = raw_folder("mnist", VARIANT)
REMOTE = "s3://shelf/mnist"


@pytest.fixture(scope="module")
def _s3() -> Iterator[None]:
    """An S3 server with one bucket, named by the environment as on a cluster."""
    import boto3

    with pytest.MonkeyPatch.context() as patch, s3_server() as url:
        patch.setenv("AWS_ENDPOINT_URL", url)
        patch.setenv("AWS_ACCESS_KEY_ID", "key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        boto3.client("s3").create_bucket(Bucket="shelf")
        yield


@pytest.fixture(scope="module")
def repository(_s3: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git and DVC repository whose data lie on the S3 remote alone."""
    root = tmp_path_factory.mktemp("repository")
    write_mnist(root / FOLDER, train=20, test=10)
    write_source_list(root / "data" / "mnist" / "source.yaml", root / FOLDER)
    (root / "params.yaml").touch()
    for command in (
        "git init --quiet --initial-branch=main",
        "git config user.name tests",
        "git config user.email tests@localhost",
        f"{sys.executable} -m dvc init --quiet",
        f"{sys.executable} -m dvc remote add --default shelf {REMOTE}",
    ):
        subprocess.run(command.split(), cwd=root, check=True)
    (root / "dvc.yaml").write_text(
        f"stages:\n  fetch:\n    cmd: 'true'\n    outs:\n    - {FOLDER}:\n"
        "        persist: true\n"
    )
    for command in (
        f"{sys.executable} -m dvc repro --quiet",
        f"{sys.executable} -m dvc push --quiet",
        "git add --all",
        "git commit --quiet -m data",
    ):
        subprocess.run(command.split(), cwd=root, check=True)
    return root


@pytest.fixture
def image(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project as an image holds it: no data, no git history, no cache."""
    for name in ("dvc.yaml", "dvc.lock", "params.yaml", "data/mnist", ".dvc/config"):
        source, target = repository / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    monkeypatch.setenv("PRODL_ROOT", str(tmp_path))
    return tmp_path


def _acquire(image: Path, repository: Path, origin: DvcOrigin) -> Path:
    output, source_list = image / "raw", _source_list(image)
    listed = files_sha256(repository / FOLDER, FILES)
    acquire(image / FOLDER, output, source_list, VARIANT, listed, origin.md5, origin)
    # What Acquire adds for readers is no raw file.
    (output / OPTIONS_FILE).unlink()
    return output


def _source_list(root: Path) -> SourceList:
    return read_source_list(root, "mnist")


def _md5(repository: Path) -> str:
    return dvc_directory_md5(repository / FOLDER)


def test_repository_and_its_default_remote_give_the_files(
    image: Path, repository: Path
) -> None:
    origin = DvcOrigin(str(repository), "main", "", _md5(repository))
    output = _acquire(image, repository, origin)
    assert dvc_directory_md5(output) == _md5(repository)


def test_lock_in_the_image_and_a_remote_by_address_give_the_files(
    image: Path, repository: Path
) -> None:
    output = _acquire(image, repository, DvcOrigin("", "", REMOTE, _md5(repository)))
    assert dvc_directory_md5(output) == _md5(repository)


def test_another_version_is_refused_before_it_is_pulled(
    image: Path, repository: Path
) -> None:
    origin = DvcOrigin(str(repository), "", "", "0" * 32 + ".dir")
    with pytest.raises(DataRefused, match=f"Received {_md5(repository)}"):
        _acquire(image, repository, origin)
    assert not list((image / "raw").iterdir())


def test_files_that_the_source_list_does_not_know_are_refused(
    image: Path, repository: Path
) -> None:
    path = image / "data" / "mnist" / "source.yaml"
    text = path.read_text()
    known = _source_list(image).files(VARIANT)[0].sha256
    path.write_text(text.replace(known, "f" * 64))
    with pytest.raises(DataRefused, match="is not the one that"):
        _acquire(image, repository, DvcOrigin("", "", REMOTE, _md5(repository)))


@pytest.mark.parametrize(
    ("repo", "remote"),
    [
        ("http://user:hunter2-secret@localhost:9/x.git", ""),
        ("https://user:hunter2-secret@[bad/x.git", ""),
        ("", "http://user:hunter2-secret@localhost:9/x"),
        ("", "ssh://user:hunter2-secret@localhost:9/x"),
        ("", "ftp://user:hunter2-secret@localhost:9/x"),
    ],
)
def test_password_of_repository_or_remote_is_in_no_message(
    image: Path, repository: Path, repo: str, remote: str
) -> None:
    with pytest.raises(DataNotObtainable) as error:
        _acquire(image, repository, DvcOrigin(repo, "", remote, _md5(repository)))
    lines = "".join(traceback.format_exception(error.value))
    assert "hunter2" not in lines
    assert ("localhost" in lines) or ("[bad" in lines)


@pytest.mark.parametrize("what", ["revision", "remote"])
def test_what_is_out_of_reach_names_the_parameters(
    image: Path, repository: Path, what: str
) -> None:
    md5 = _md5(repository)
    if what == "revision":
        origin = DvcOrigin(str(repository), "no-such-rev", "", md5)
    else:
        origin = DvcOrigin("", "", "s3://no-such-bucket/x", md5)
    with pytest.raises(DataNotObtainable, match="data_repo, data_rev and data_remote"):
        _acquire(image, repository, origin)
