# SPDX-License-Identifier: Apache-2.0
"""References of images, and a registry asked without keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from pipelines.doctor.cluster.http import web
from pipelines.doctor.cluster.http.answer import NOT_REACHED, Answer
from pipelines.doctor.cluster.image_checks import judge_registry
from pipelines.doctor.cluster.registry import (
    find_manifest,
    find_token,
    read_reference,
)
from pipelines.doctor.findings import Finding
from tests.support.file_server import closed_port


@pytest.mark.parametrize(
    ("text", "whole", "has_registry"),
    [
        ("prodl", "docker.io/library/prodl:latest", False),
        ("prodl:1", "docker.io/library/prodl:1", False),
        ("ada/prodl:1", "docker.io/ada/prodl:1", True),
        ("docker.io/library/prodl:1", "docker.io/library/prodl:1", False),
        ("localhost/prodl", "localhost/prodl:latest", True),
        ("h.example:5000/a/prodl:1", "h.example:5000/a/prodl:1", True),
        ("h.example/prodl@sha256:0f", "h.example/prodl@sha256:0f", True),
        ("h.example/prodl:1@sha256:0f", "h.example/prodl@sha256:0f", True),
    ],
)
def test_references_are_read_as_engines_read_them(
    text: str, whole: str, has_registry: bool
) -> None:
    image = read_reference(text)
    assert (image.text, image.has_registry) == (whole, has_registry)


def test_a_registry_elsewhere_is_asked_over_tls() -> None:
    url = read_reference("h.example/a/prodl:1").url
    assert url == "https://h.example/v2/a/prodl/manifests/1"
    hub = read_reference("ada/prodl:1").url
    assert hub == "https://registry-1.docker.io/v2/ada/prodl/manifests/1"


@contextmanager
def _registry(status: int, wants_token: bool = False) -> Iterator[str]:
    """A registry with one answer, to everybody or to who fetched a token."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            known = self.headers.get("Authorization") == "Bearer t"
            self.send_response(401 if wants_token and not known else status)
            realm = f"http://{self.headers['Host']}/token"
            challenge = f'Bearer realm="{realm}",service="registry"'
            # As programs in Go spell it.
            self.send_header("Www-Authenticate", challenge)
            self.end_headers()

        def do_GET(self) -> None:
            asked = "scope=repository%3Aprodl%3Apull" in self.path
            self.send_response(200 if asked else 400)
            self.end_headers()
            self.wfile.write(b'{"token": "t"}' if asked else b"{}")

        def log_message(self, *arguments: Any) -> None:
            """Stay silent."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


@pytest.mark.parametrize("wants_token", [False, True])
def test_an_image_that_everybody_may_read_is_found(wants_token: bool) -> None:
    with _registry(200, wants_token) as host:
        image = read_reference(f"{host}/prodl:1")
        finding = judge_registry(image, find_manifest(image))
    assert finding == Finding("image", "ok", f"{host} has prodl:1")


def test_an_image_that_is_not_there_is_an_error() -> None:
    with _registry(404) as host:
        image = read_reference(f"{host}/prodl:1")
        finding = judge_registry(image, find_manifest(image))
    observed = f"{host} has no prodl:1"
    expected = Finding("image", "error", observed, f"docker push {host}/prodl:1")
    assert finding == expected


@pytest.mark.parametrize("status", [401, 403])
def test_an_image_that_asks_for_keys_decides_nothing(status: int) -> None:
    with _registry(status) as host:
        image = read_reference(f"{host}/prodl:1")
        finding = judge_registry(image, find_manifest(image))
    assert finding == Finding(
        "image",
        "unknown",
        f"cannot tell from here: {host} shows prodl:1 to nobody without keys",
        f"docker manifest inspect {host}/prodl:1, and see that nodes may read it",
    )


def test_a_registry_that_is_not_reached_decides_nothing() -> None:
    host = f"127.0.0.1:{closed_port()}"
    image = read_reference(f"{host}/prodl:1")
    finding = judge_registry(image, find_manifest(image))
    assert finding.status == "unknown"
    assert finding.observed == (
        f"cannot tell from here: {host}: [Errno 111] Connection refused"
    )


def test_a_token_of_an_unprotected_server_is_not_sent_to_a_registry() -> None:
    with _registry(200) as host:
        challenge = {"WWW-Authenticate": f'Bearer realm="http://{host}/token"'}
        refused = Answer(401, b"", headers=challenge)
        for registry, token in ((host, "t"), ("h.example", "")):
            image = read_reference(f"{registry}/prodl:1")
            assert find_token(refused, image) == token


def test_keys_of_this_user_are_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password geheim\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with _registry(200, wants_token=True) as host:
        assert find_manifest(read_reference(f"{host}/prodl:1")).is_found


def test_an_answer_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MAX_BYTES", 8)
    with _registry(200) as host:
        answer = web.ask(f"http://{host}/token?scope=repository%3Aprodl%3Apull")
    assert (answer.status, answer.content) == (NOT_REACHED, b"")
