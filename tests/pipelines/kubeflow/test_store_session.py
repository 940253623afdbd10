# SPDX-License-Identifier: Apache-2.0
"""The server of the store: specification, then an input artifact, then the version."""

import json
import os
from typing import Any

import pytest

from components.core.errors import UsageError
from components.model_store.object_store import endpoint_url, list_folders
from pipelines.kubeflow.store_server import store_answers
from pipelines.kubeflow.store_session import take_store_session
from tests.support.s3_server import s3_server

# As KFP 2.16.1 wrote it.
PARAMS = {
    "accessKeyKey": "accesskey",
    "disableSSL": "true",
    "endpoint": "seaweedfs.elsewhere:9000",
    "forcePathStyle": "true",
    "fromEnv": "false",
    "maxRetries": "5",
    "region": "us-east-1",
    "secretKeyKey": "secretkey",
    "secretName": "mlpipeline-minio-artifact",
}

VERSION = {"MINIO_DEFAULT_ENDPOINT_URL": "http://minio-service.kubeflow:9000"}
OPTION = {"MINIO_ENDPOINT_URL": "https://option.example.org/"}


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    # Set first, so that what the code under test sets is taken back.
    for name in (
        *("MINIO_ENDPOINT_URL", "MINIO_DEFAULT_ENDPOINT_URL", "AWS_ENDPOINT_URL"),
        *("AWS_REGION", "AWS_DEFAULT_REGION"),
    ):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def _invocation(
    info: object, uri: str = "minio://mlpipeline/v2/model"
) -> dict[str, Any]:
    artifact = {"uri": uri, "metadata": {"store_session_info": info}}
    return {"inputs": {"artifacts": {"model": {"artifacts": [artifact]}}}}


def _session(**changes: str) -> str:
    return json.dumps({"Provider": "minio", "Params": {**PARAMS, **changes}})


@pytest.mark.parametrize(
    ("variables", "info", "server"),
    [
        ({}, None, "http://seaweedfs.kubeflow:9000"),
        (VERSION, None, "http://minio-service.kubeflow:9000"),
        (VERSION, "session", "http://seaweedfs.elsewhere:9000"),
        (VERSION | OPTION, "session", "https://option.example.org"),
        # A secret may have a key without a value.
        ({"MINIO_ENDPOINT_URL": ""}, None, "http://seaweedfs.kubeflow:9000"),
    ],
)
def test_sources_in_their_order(
    variables: dict[str, str],
    info: str | None,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    take_store_session(_invocation(_session() if info else None))
    assert endpoint_url("minio") == server


def test_store_is_found_by_each_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a step without a word about the server cannot do, it does with one."""
    import boto3

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with s3_server() as url:
        store = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
        store.create_bucket(Bucket="shelf")
        store.put_object(Bucket="shelf", Key="models/7/saved_model.pb", Body=b"graph")
        sources = {"MINIO_ENDPOINT_URL": url, "MINIO_DEFAULT_ENDPOINT_URL": url}
        for name, value in sources.items():
            monkeypatch.setenv(name, value)
            take_store_session({})
            assert list_folders("minio://shelf/models") == ["7"]
            monkeypatch.delenv("MINIO_ENDPOINT_URL")
            monkeypatch.setenv("MINIO_DEFAULT_ENDPOINT_URL", "http://127.0.0.1:9")
        take_store_session(_invocation(_session(endpoint=url.removeprefix("http://"))))
        assert list_folders("minio://shelf/models") == ["7"]
        monkeypatch.delenv("MINIO_ENDPOINT_URL")
        take_store_session({})
        with (
            pytest.raises(UsageError, match="at http://127.0.0.1:9 did not take"),
            store_answers(),
        ):
            list_folders("minio://shelf/models")


def test_server_with_tls_and_region_are_taken() -> None:
    info = _session(disableSSL="false", endpoint="s.example.org", region="eu-north-1")
    take_store_session(_invocation(info, "s3://bucket/runs/model"))
    assert endpoint_url("s3") == "https://s.example.org"
    assert os.environ["AWS_REGION"] == "eu-north-1"
    assert endpoint_url("minio") == "http://seaweedfs.kubeflow:9000"


def test_amazons_own_store_has_a_region_and_no_server() -> None:
    info = _session(endpoint="s3.amazonaws.com", region="eu-north-1")
    take_store_session(_invocation(info, "s3://bucket/runs/model"))
    assert endpoint_url("s3") == ""
    assert os.environ["AWS_REGION"] == "eu-north-1"


@pytest.mark.parametrize(("variables", "region"), [(VERSION, "us-east-1"), ({}, None)])
def test_region_of_another_store_than_that_of_the_models_is_not_taken(
    variables: dict[str, str], region: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only models at minio:// have a default server in the specification."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    take_store_session(_invocation(_session()))
    assert os.environ.get("AWS_REGION") == region


@pytest.mark.parametrize(
    ("info", "uri"),
    [
        (None, "minio://mlpipeline/v2/model"),
        ('{"Provider": "minio"}', "minio://mlpipeline/v2/model"),
        ('{"Provider": "s3", "Params": {"fromEnv": "true"}}', "minio://m/v2/model"),
        (_session(), "gs://bucket/model"),
        (_session(), ""),
    ],
)
def test_inputs_that_name_no_server_leave_it_as_it_is(info: object, uri: str) -> None:
    take_store_session(_invocation(info, uri))
    assert endpoint_url("minio") == "http://seaweedfs.kubeflow:9000"
    assert endpoint_url("s3") == ""


@pytest.mark.parametrize("info", ["no json", "[]", "3", '{"Params": "x"}'])
def test_session_of_another_form_is_refused(info: str) -> None:
    with pytest.raises(UsageError, match="Compile with --store-endpoint"):
        take_store_session(_invocation(info))


def test_server_of_another_form_is_refused() -> None:
    info = _session(endpoint="store:port")
    with pytest.raises(UsageError, match="of an input artifact: expected the address"):
        take_store_session(_invocation(info))


def test_variable_that_holds_no_server_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "store:9000")
    with pytest.raises(UsageError, match="^AWS_ENDPOINT_URL: expected the address"):
        take_store_session({})


def test_step_without_inputs_takes_none() -> None:
    take_store_session({})
    assert endpoint_url("minio") == "http://seaweedfs.kubeflow:9000"
