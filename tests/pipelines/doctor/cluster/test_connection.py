# SPDX-License-Identifier: Apache-2.0
"""A cluster that cannot be asked is one sentence with a remedy, and exit code 2."""

import datetime
import ipaddress
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipelines.__main__ import main
from pipelines.doctor.cluster.http import connection
from pipelines.doctor.cluster.http.answer import not_reached
from tests.support.file_server import closed_port
from tests.support.kubernetes_server import WHO_AM_I, Cluster, write_kubeconfig

LOG_IN_AGAIN = (
    "the server does not accept the credentials of this kubeconfig.\n"
    "A token or certificate expires: log in again, and let the cluster's command "
    "line write the kubeconfig again.\n"
)
OTHER_CONTEXT = "Start the cluster or its tunnel, or give another --context.\n"


def doctor(*arguments: str) -> Result:
    """Run the verb."""
    return CliRunner().invoke(main, ["doctor", *arguments])


def ask(kubeconfig: Path, *arguments: str) -> Result:
    """Run the verb for a cluster."""
    return doctor("--cluster", "--kubeconfig", str(kubeconfig), *arguments)


def test_report_and_exit_code(cluster: Cluster, kubeconfig: Path) -> None:
    image = ("--image", "127.0.0.1:1/prodl:1")
    result = ask(kubeconfig, "mnist-cnn", "--pool", "gpu", *image)
    assert result.exit_code == 0, result.output
    first = f"ok       cluster      {cluster.url} (context test), as ada"
    assert result.output.splitlines()[0] == first
    cluster.objects.pop("/api/v1/namespaces/prodl")
    assert ask(kubeconfig, "mnist-cnn", *image).exit_code == 1
    assert ask(kubeconfig, "mnist-cn").exit_code == 2


def test_no_kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    result = doctor("--cluster")
    assert result.exit_code == 2
    assert result.output == (
        f"prodl: {tmp_path}/none: there is no kubeconfig.\nGive one with --kubeconfig "
        "or KUBECONFIG; the command line of a cluster writes it, for example gcloud "
        "container clusters get-credentials.\n"
    )


def test_a_kubeconfig_that_is_no_yaml(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("a: [")
    result = ask(path)
    assert result.exit_code == 2
    assert f"prodl: {path} is not valid YAML: " in result.output


@pytest.mark.parametrize("text", ["", "[]", "apiVersion: v1\nkind: Config\n"])
def test_a_file_that_is_no_kubeconfig(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    result = ask(path)
    assert result.exit_code == 2
    assert f"prodl: {path} is no usable kubeconfig: " in result.output


def test_an_unknown_context_is_answered_with_the_nearest(kubeconfig: Path) -> None:
    result = ask(kubeconfig, "--context", "tset")
    assert result.exit_code == 2
    assert "unknown context 'tset'. Did you mean 'test'?" in result.output


def test_the_kubeconfig_of_the_environment_is_read(
    cluster: Cluster, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{kubeconfig.parent}/absent:{kubeconfig}")
    assert cluster.url in doctor("--cluster").output


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    result = ask(write_kubeconfig(tmp_path / "kubeconfig", url))
    assert result.exit_code == 2
    assert result.output == (
        f"prodl: {url} (context test): the Kubernetes API server does not answer: "
        f"[Errno 111] Connection refused.\n{OTHER_CONTEXT}"
    )


def test_a_server_that_never_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "READ_SECONDS", 0.1)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        result = ask(write_kubeconfig(tmp_path / "kubeconfig", url))
    finally:
        server.server_close()
    assert result.exit_code == 2
    assert "does not answer: no answer within 20 s." in result.output


def test_credentials_that_are_not_accepted(cluster: Cluster, kubeconfig: Path) -> None:
    cluster.unauthorized = True
    result = ask(kubeconfig)
    assert result.exit_code == 2
    assert result.output == f"prodl: {cluster.url} (context test): {LOG_IN_AGAIN}"


def test_a_user_that_the_server_does_not_know(
    cluster: Cluster, kubeconfig: Path
) -> None:
    # What becomes of a login program that fails: a request without credentials.
    cluster.user, cluster.forbidden = "system:anonymous", {WHO_AM_I}
    result = ask(kubeconfig)
    assert result.exit_code == 2
    assert result.output == f"prodl: {cluster.url} (context test): {LOG_IN_AGAIN}"


def test_an_address_of_something_else(cluster: Cluster, kubeconfig: Path) -> None:
    cluster.objects.clear()
    cluster.raw = {"/version": (200, b"<html>Welcome</html>")}
    result = ask(kubeconfig)
    assert result.exit_code == 2
    assert "expected the API server of Kubernetes" in result.output
    assert "Received: 200, <html>Welcome</html>." in result.output


def test_a_certificate_that_expired(tmp_path: Path) -> None:
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    with _serve_tls(tmp_path, address, days_left=-1) as (url, authority):
        result = ask(write_kubeconfig(tmp_path / "kubeconfig", url, **authority))
    assert result.exit_code == 2
    assert result.output == (
        f"prodl: {url} (context test): the Kubernetes API server does not answer: "
        f"certificate has expired.\n{OTHER_CONTEXT}"
    )


def test_a_proxy_is_taken_for_other_machines_alone(
    cluster: Cluster, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = f"http://127.0.0.1:{closed_port()}"
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")
    cluster.raw["/apis/v2beta1/healthz"] = (200, b'{"tag_name": "2.16.1"}')
    output = ask(kubeconfig, "--host", cluster.url).output
    assert f"{cluster.url} (context test), as ada" in output
    assert "ok       kfp          2.16.1" in output
    path = write_kubeconfig(kubeconfig, "https://cluster.invalid")
    result = ask(path)
    assert result.exit_code == 2
    assert "Connection refused" in result.output


def test_a_missing_client_of_kubernetes_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [n for n in sys.modules if n.startswith("pipelines.doctor.cluster")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    monkeypatch.setitem(sys.modules, "kubernetes.client", None)
    result = doctor("--cluster")
    assert result.exit_code == 2
    assert "Install it with: pip install 'prodl[kubeflow]'" in result.output


def test_options_of_a_cluster_need_one() -> None:
    result = doctor("mnist-cnn")
    assert result.exit_code == 2
    assert "RECIPE is for --cluster only" in result.output


def test_a_specification_has_pool_and_image_already(kubeconfig: Path) -> None:
    result = ask(kubeconfig, "--specification", "x.yaml", "--pool", "gpu")
    assert result.exit_code == 2
    assert "--pool and --image are in the compiled file already" in result.output


def test_the_token_is_in_no_message() -> None:
    error = OSError("https://ada:geheim@example.org: no route to host")
    assert "geheim" not in not_reached(error).reason


def test_a_token_that_http_cannot_carry(cluster: Cluster, kubeconfig: Path) -> None:
    kubeconfig.write_text(kubeconfig.read_text().replace("secret-token", "two\\nlines"))
    result = ask(kubeconfig)
    assert result.exit_code == 2
    assert "the Kubernetes API server does not answer: " in result.output


def test_the_proxy_of_a_kubeconfig_is_taken(cluster: Cluster, tmp_path: Path) -> None:
    # As a proxy, the server answers for a host that does not exist.
    proxy = {"proxy-url": cluster.url}
    path = write_kubeconfig(tmp_path / "kubeconfig", "http://cluster.invalid", **proxy)
    assert "http://cluster.invalid (context test), as ada" in ask(path).output


def test_the_name_of_a_certificate_may_be_another(tmp_path: Path) -> None:
    path, name = tmp_path / "kubeconfig", "cluster.example"
    with _serve_tls(tmp_path, x509.DNSName(name), days_left=1) as (url, authority):
        refused = ask(write_kubeconfig(path, url, **authority)).output
        named = {**authority, "tls-server-name": name}
        accepted = ask(write_kubeconfig(path, url, **named)).output
    assert "certificate is not valid for '127.0.0.1'" in refused
    assert "expected the API server of Kubernetes" in accepted


@contextmanager
def _serve_tls(
    folder: Path, subject: x509.GeneralName, days_left: int
) -> Iterator[tuple[str, dict[str, str]]]:
    """A server of TLS: its address, and its certificate as a kubeconfig names it."""
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    chain = _certificate(folder, subject, days_left)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        url = f"https://127.0.0.1:{server.server_port}"
        yield url, {"certificate-authority": str(chain)}
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _certificate(folder: Path, subject: x509.GeneralName, days_left: int) -> Path:
    """A certificate of three days, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days_left)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(end - datetime.timedelta(days=3))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "chain.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
