# SPDX-License-Identifier: Apache-2.0
"""Folders in an object store: a real S3 protocol (moto's server), and a folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.core.errors import UsageError
from components.model_store.object_store import (
    download,
    endpoint_url,
    list_folders,
    read_file,
    upload,
)
from tests.support.s3_server import s3_server


@pytest.fixture(scope="module")
def _server() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(params=["s3", "minio", "folder"])
def address(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """An address in an empty store of each kind."""
    if request.param == "folder":
        monkeypatch.setenv("PRODL_STORE_FOLDER", str(tmp_path / "store"))
        return "gs://shelf/models"
    import boto3

    url = request.getfixturevalue("_server")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = "MINIO_ENDPOINT_URL" if request.param == "minio" else "AWS_ENDPOINT_URL"
    monkeypatch.setenv(name, url)
    boto3.client("s3", endpoint_url=url).create_bucket(Bucket=f"for-{request.param}")
    return f"{request.param}://for-{request.param}/models"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with a nested file."""
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "data").write_bytes(b"weights")
    return folder


def test_folder_comes_back_as_it_went(address: str, model: Path) -> None:
    upload(model, f"{address}/7")
    back = model.parent / "back"
    download(f"{address}/7", back)
    assert (back / "variables" / "data").read_bytes() == b"weights"
    assert read_file(f"{address}/7/saved_model.pb") == b"graph"
    assert list_folders(address) == ["7"]


def test_nothing_lies_in_an_empty_store(address: str) -> None:
    assert list_folders(f"{address}/none") == []
    assert read_file(f"{address}/none/saved_model.pb") is None


def test_path_is_not_an_address() -> None:
    with pytest.raises(UsageError, match="expected an address"):
        list_folders("/data/models")


def test_minio_addresses_lead_to_the_store_of_a_plain_installation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """KFP 2.16 has no service of the name `minio-service`."""
    monkeypatch.delenv("MINIO_ENDPOINT_URL", raising=False)
    assert endpoint_url("minio") == "http://seaweedfs.kubeflow:9000"
    monkeypatch.setenv("MINIO_ENDPOINT_URL", "https://store.example.org")
    assert endpoint_url("minio") == "https://store.example.org"
