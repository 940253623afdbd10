# SPDX-License-Identifier: Apache-2.0
"""The server of the store: its form, and what a step says if it refuses."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from components.core.errors import UsageError
from components.model_store.object_store import (
    download,
    list_folders,
    read_file,
    upload,
)
from pipelines.kubeflow.store_server import check_endpoint, store_answers


@pytest.mark.parametrize(
    "url",
    [
        *("store.example.org:9000", "s3://bucket", "http://", "http://store/bucket"),
        *("https://store?region=x", "http://store:port", "http://[::1", "http://s:0"),
    ],
)
def test_server_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="^VARIABLE: expected the address of a server"):
        check_endpoint("VARIABLE", url)


def test_slash_at_the_end_is_no_part_of_a_server() -> None:
    assert check_endpoint("VARIABLE", "https://store:9000/") == "https://store:9000"


def test_password_of_a_server_is_not_shown() -> None:
    with pytest.raises(UsageError, match="Received 'http://store/x'") as refusal:
        check_endpoint("VARIABLE", "http://me:hunter2-secret@store/x")
    assert "hunter2" not in str(refusal.value)


class _Refusing(BaseHTTPRequestHandler):
    """A store that gives nobody access."""

    def do_GET(self) -> None:
        self.send_error(403)

    do_PUT = do_POST = do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def _refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield
        server.shutdown()


@pytest.mark.usefixtures("_refusing")
@pytest.mark.parametrize(
    "ask",
    [
        lambda folder: list_folders("s3://bucket/models"),
        lambda folder: read_file("s3://bucket/models/1/saved_model.pb"),
        lambda folder: download("s3://bucket/models/1", folder),
        lambda folder: upload(folder, "s3://bucket/models/1"),
    ],
)
def test_store_that_refuses_access_is_named_with_the_remedy(
    ask: Callable[[Path], object], tmp_path: Path
) -> None:
    (tmp_path / "saved_model.pb").touch()
    with (
        pytest.raises(UsageError, match="--store-endpoint") as refusal,
        store_answers(),
    ):
        ask(tmp_path)
    assert "the store at http://127.0.0.1:" in str(refusal.value)
    assert "bucket" in str(refusal.value)


def test_file_of_this_machine_that_cannot_be_written_is_not_the_stores_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODL_STORE_FOLDER", str(tmp_path / "store"))
    (tmp_path / "store").write_text("a file in the place of the store")
    with pytest.raises(OSError, match="Not a directory"), store_answers():
        upload(tmp_path, "s3://bucket/models/1")


def test_other_error_of_a_step_is_not_the_stores_fault() -> None:
    with pytest.raises(OSError, match="no file of HDF5"), store_answers():
        raise OSError("no file of HDF5")
