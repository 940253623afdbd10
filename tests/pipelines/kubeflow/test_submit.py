# SPDX-License-Identifier: Apache-2.0
"""Submitting, against a stand-in for the server that answers with the client's models.

kfp.Client is the real one; tests/kfp/test_api_server.py asks KFP's own server.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.core.errors import (
    DataNotObtainable,
    DataRefused,
    ProdlError,
    UsageError,
)
from pipelines.kubeflow.follow import ATTEMPTS
from pipelines.kubeflow.options import CompileOptions
from pipelines.kubeflow.submit import submit
from tests.support.kfp_server import Server, serve

pytestmark = pytest.mark.cluster

RECIPE = "mnist-cnn"
ROOT = "s3://bucket/runs"


@pytest.fixture
def server() -> Iterator[Server]:
    """A server whose run ends well after two questions."""
    done = {"Acquire": "SUCCEEDED", "Ingest": "CACHED"}
    running = {"Acquire": "SUCCEEDED", "Ingest": "RUNNING"}
    with serve(Server(polls=[running, done])) as running_server:
        yield running_server


@pytest.fixture(scope="module", autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRODL_HOME", str(folder))
        yield folder


def _submit(server: Server, dry_run: bool = False, **parameters: str) -> None:
    submit(
        RECIPE,
        server.url,
        CompileOptions(root=ROOT),
        parameters,
        dry_run=dry_run,
        poll_seconds=0.01,
    )


def test_run_is_uploaded_started_and_followed_to_its_end(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    _submit(server, data_rev="v2")
    assert server.uploads == ["/apis/v2beta1/pipelines/upload"]
    (run,) = server.runs
    assert run["runtime_config"]["parameters"] == {"data_rev": "v2"}
    assert run["runtime_config"]["pipeline_root"] == ROOT
    assert run["service_account"] == "prodl-runner"
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[-3:-1]] == [
        ["Acquire", "ran", "90.0", "s"],
        ["Ingest", "cached", "90.0", "s"],
    ]


def test_step_behind_a_failed_one_did_not_run(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.polls = [{"Acquire": "FAILED", "Ingest": "OMITTED"}]
    server.final = "FAILED"
    with pytest.raises(DataNotObtainable, match="ended as FAILED at Acquire"):
        _submit(server)
    assert "Ingest                   not_run" in capsys.readouterr().out


def test_known_pipeline_gets_a_new_version(server: Server) -> None:
    server.knows_pipeline = True
    _submit(server)
    assert server.uploads == ["/apis/v2beta1/pipelines/upload_version"]


def test_failed_data_gate_is_refused_data(server: Server) -> None:
    server.polls = [{"Acquire": "SUCCEEDED", "ItemGate": "FAILED"}]
    server.final = "FAILED"
    with pytest.raises(DataRefused, match="ended as FAILED at ItemGate"):
        _submit(server)


def test_any_other_failed_step_is_a_plain_error(server: Server) -> None:
    server.polls = [{"Trainer": "FAILED"}]
    server.final = "FAILED"
    with pytest.raises(ProdlError, match="exit status 4") as caught:
        _submit(server)
    assert caught.value.exit_code == 1


def test_dry_run_asks_no_server_and_names_parameters_and_pods(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    _submit(server, dry_run=True, data_rev="v2")
    said = capsys.readouterr().out
    assert "data_rev = 'v2'" in said
    assert "Pods at most" in said
    assert server.uploads == server.runs == []


def test_unknown_parameter_is_refused_before_anything_is_sent(server: Server) -> None:
    with pytest.raises(UsageError, match="no parameter 'data_revision'"):
        _submit(server, data_revision="v2")
    assert server.uploads == []


def test_server_out_of_reach_names_the_host() -> None:
    with pytest.raises(UsageError, match=r"127\.0\.0\.1:1"):
        _submit(Server(url="http://127.0.0.1:1"))


def test_password_of_the_host_is_in_no_message(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    host = server.url.replace("://", "://user:hunter2-secret@")
    submit(RECIPE, host, CompileOptions(root=ROOT), {}, dry_run=True)
    with pytest.raises(UsageError, match="did not take the request") as error:
        submit(RECIPE, "http://user:hunter2-secret@localhost:9", CompileOptions(), {})
    text = capsys.readouterr().out + str(error.value)
    assert "localhost" in text
    assert "hunter2" not in text


def test_run_is_followed_past_a_server_that_fails_for_a_while(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.failing = [502, 503]
    _submit(server)
    printed = capsys.readouterr().out
    assert printed.count("no answer, asked again in 0.01 s") == 2
    assert "the run ended" in printed


@pytest.mark.parametrize("failing", [[502] * ATTEMPTS, [401]])
def test_run_that_cannot_be_followed_goes_on(
    server: Server, failing: list[int]
) -> None:
    server.failing = failing
    with pytest.raises(ProdlError, match="run run-1 was started and goes on") as error:
        _submit(server)
    assert not isinstance(error.value, UsageError)
    assert f"{server.url}/#/runs/details/run-1" in str(error.value)
    assert not server.failing
