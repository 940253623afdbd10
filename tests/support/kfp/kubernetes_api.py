# SPDX-License-Identifier: Apache-2.0
"""The part of Kubernetes' API that driver and launcher read, over TLS.

They ask for the ConfigMap of a plain installation, for the secret of its object store,
and for the launcher's own Pod, which is not there.
"""

import base64
import datetime
import ipaddress
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.kfp.network import ADDRESS, NAMESPACE, listen
from tests.support.kfp.object_store import ACCESS_KEY, SECRET_KEY

TOKEN: Final = "a token that nothing checks"
STORE_SECRET: Final = "mlpipeline-minio-artifact"


@dataclass
class KubernetesApi:
    """A running server, and the files by which a Pod finds it."""

    port: int
    """Port."""

    account: Path
    """Folder with the files of a Pod's service account."""

    asked: list[str] = field(default_factory=list)
    """Paths of the requests, in order."""


@contextmanager
def serve_kubernetes(folder: Path) -> Iterator[KubernetesApi]:
    """Serve the objects of a plain installation while the block runs.

    Args:
        folder: Empty folder for certificate and service account.
    """
    certificate, key = _write_certificate(folder)
    with listen(0, "Kubernetes' API") as listener:
        api = KubernetesApi(
            listener.getsockname()[1],
            _write_account(folder / "account", certificate),
        )
        server = ThreadingHTTPServer(listener.getsockname(), _handler(api), False)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket.close()
        server.socket = context.wrap_socket(listener, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield api
        finally:
            server.shutdown()
            server.server_close()


def plain_objects() -> dict[str, dict[str, Any]]:
    """Objects of a plain installation that driver and launcher read, by path."""
    secret = {"accesskey": ACCESS_KEY, "secretkey": SECRET_KEY}
    encoded = {k: base64.b64encode(v.encode()).decode() for k, v in secret.items()}
    listed = [
        ("ConfigMap", "configmaps", "kfp-launcher", {"defaultPipelineRoot": ""}),
        ("Secret", "secrets", STORE_SECRET, encoded),
    ]
    return {
        f"/api/v1/namespaces/{NAMESPACE}/{plural}/{name}": {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {"name": name, "namespace": NAMESPACE},
            "data": data,
        }
        for kind, plural, name, data in listed
    }


def _handler(api: KubernetesApi) -> type[BaseHTTPRequestHandler]:
    objects = plain_objects()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            api.asked.append(self.path)
            found = objects.get(self.path.partition("?")[0])
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
            missing = status | {"reason": "NotFound", "code": 404}
            content = json.dumps(found or missing).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    return Handler


def _write_account(folder: Path, certificate: Path) -> Path:
    folder.mkdir()
    (folder / "namespace").write_text(NAMESPACE)
    (folder / "token").write_text(TOKEN)
    (folder / "ca.crt").write_bytes(certificate.read_bytes())
    return folder


def _write_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for this machine, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ADDRESS))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "server.crt", folder / "server.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
