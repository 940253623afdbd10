# SPDX-License-Identifier: Apache-2.0
"""Addresses in a store become the folders of KFP's launcher, and come back."""

import pytest

from tfx_kfp.errors import UnsupportedError
from tfx_kfp.uris import to_folder, to_uri


@pytest.mark.parametrize(
    ("uri", "folder"),
    [
        ("gs://bucket/a/b", "/gcs/bucket/a/b"),
        ("s3://bucket/a", "/s3/bucket/a"),
        ("minio://mlpipeline/v2/a", "/minio/mlpipeline/v2/a"),
    ],
)
def test_addresses_become_the_launchers_folders_and_come_back(
    uri: str, folder: str
) -> None:
    assert to_folder(uri) == folder
    assert to_uri(folder) == uri


def test_plain_paths_stay_as_they_are() -> None:
    assert to_folder("/tmp/a") == "/tmp/a"
    assert to_uri("/tmp/a") == "/tmp/a"


def test_other_stores_are_named() -> None:
    with pytest.raises(UnsupportedError, match="oci://image"):
        to_folder("oci://image")
