# SPDX-License-Identifier: Apache-2.0
"""An object store that speaks S3: the server of the locked moto."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.request import Request, urlopen

import boto3
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.support.kfp.network import ADDRESS, STORE_PORT, listen

BUCKET: Final = "mlpipeline"
# Those of a plain installation.
ACCESS_KEY, SECRET_KEY = "minio", "minio123"


@dataclass(frozen=True)
class ObjectStore:
    """A running store with one bucket."""

    url: str
    """Its address."""

    def make_bucket(self) -> None:
        """Make the bucket of a plain installation."""
        self._client.create_bucket(Bucket=BUCKET)

    def refuse_requests(self) -> None:
        """Check credentials from now on: those of a plain installation are unknown."""
        _post(f"{self.url}/moto-api/reset-auth", b"0")

    def download(self, uri: str, folder: Path) -> Path:
        """Copy everything at an address `minio://bucket/key` into a folder."""
        bucket, _, prefix = uri.partition("://")[2].partition("/")
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                target = folder / os.path.relpath(entry["Key"], prefix)
                target.parent.mkdir(parents=True, exist_ok=True)
                self._client.download_file(bucket, entry["Key"], str(target))
        return folder

    def list_keys(self, prefix: str = "") -> list[str]:
        """Keys in the bucket that begin with a text."""
        pages = self._client.get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=BUCKET, Prefix=prefix)
        return [e["Key"] for page in found for e in page.get("Contents", [])]

    def read(self, uri: str) -> bytes:
        """Read one file."""
        bucket, _, key = uri.partition("://")[2].partition("/")
        body = self._client.get_object(Bucket=bucket, Key=key)["Body"]
        return bytes(body.read())

    @property
    def _client(self) -> "boto3.client":
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )


def _post(url: str, body: bytes = b"") -> None:
    # Of a form, which is the default, the server sees no body.
    request = Request(url, body, {"Content-Type": "text/plain"}, method="POST")
    urlopen(request, timeout=30).close()


def _by_path(application: Any) -> Callable[[dict[str, Any], Any], Any]:
    """Let moto find the bucket in the path: it takes a part of other hosts for it."""

    def answer(environment: dict[str, Any], start_response: Any) -> Any:
        return application(environment | {"HTTP_HOST": "localhost"}, start_response)

    return answer


class _Silent(WSGIRequestHandler):
    """Logs no request."""

    def log_request(self, *_: object) -> None:
        """Stay silent."""


@contextmanager
def serve_objects() -> Iterator[ObjectStore]:
    """Serve an object store while the block runs.

    Raises:
        UsageError: If the port is taken.
    """
    with listen(STORE_PORT, "object store") as listener:
        server = make_server(
            ADDRESS,
            STORE_PORT,
            _by_path(DomainDispatcherApplication(create_backend_app)),
            threaded=True,
            request_handler=_Silent,
            fd=listener.fileno(),
        )
        Thread(target=server.serve_forever, daemon=True).start()
        store = ObjectStore(f"http://{ADDRESS}:{STORE_PORT}")
        # One process has one store and one such setting, whatever served it before.
        _post(f"{store.url}/moto-api/reset")
        _post(f"{store.url}/moto-api/reset-auth", b"inf")
        store.make_bucket()
        try:
            yield store
        finally:
            server.shutdown()
            server.server_close()
