# SPDX-License-Identifier: Apache-2.0
"""A small HTTP server that answers like the API server of Kubernetes.

Its objects are dictionaries that a test changes. It stores nothing, checks nothing, and
keeps the requests that it received.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit

Object = dict[str, Any]
NAMESPACE: Final = "/api/v1/namespaces/prodl"
KUBEFLOW: Final = "/apis/apps/v1/namespaces/kubeflow/deployments"
HEALTH: Final = (
    "/api/v1/namespaces/kubeflow/services/ml-pipeline:8888/proxy/apis/v2beta1/healthz"
)
LOCAL_REVIEWS: Final = (
    "/apis/authorization.k8s.io/v1/namespaces/prodl/localsubjectaccessreviews"
)
SELF_REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
WHO_AM_I: Final = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
STORE: Final = "/api/v1/namespaces/kubeflow/services/seaweedfs:9000/proxy/mlpipeline"


@dataclass
class Cluster:
    """Objects and refusals of the server, and the requests that it received."""

    objects: dict[str, Object] = field(default_factory=dict)
    """Path -> object, or list of objects."""

    raw: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Path -> status and content of what a proxied service answers."""

    forbidden: set[str] = field(default_factory=set)
    """Paths that the user may not ask."""

    denied: set[str] = field(default_factory=set)
    """What accounts may not do: `verb resource`."""

    unauthorized: bool = False
    """Whether no credentials are accepted."""

    user: str = "ada"
    """Name of the user."""

    requests: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each request, in order."""

    impersonated: list[str] = field(default_factory=list)
    """Users in whose place something was asked."""

    url: str = ""
    """Address of the server."""

    def answer(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        """Return status and content of the answer to a request."""
        if self.unauthorized:
            return _status(401, "Unauthorized")
        if path in self.forbidden:
            return _status(403, f'User "{self.user}" cannot reach {path}')
        if path in self.raw:
            return self.raw[path]
        if method == "POST":
            return self._review(path, body)
        if path not in self.objects:
            return _status(404, f"{path} not found")
        return 200, json.dumps(self.objects[path]).encode()

    def _review(self, path: str, body: Any) -> tuple[int, bytes]:
        if path == WHO_AM_I:
            status: Object = {"userInfo": {"username": self.user}}
        else:
            asked = body["spec"]["resourceAttributes"]
            name = f"{asked['verb']} {asked['resource']}"
            status = {"allowed": name not in self.denied}
        return 201, json.dumps({**body, "status": status}).encode()


@contextmanager
def serve(cluster: Cluster) -> Iterator[Cluster]:
    """Run the server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            path = urlsplit(self.path).path
            cluster.requests.append((self.command, path))
            if user := self.headers.get("Impersonate-User"):
                cluster.impersonated.append(user)
            status, content = cluster.answer(self.command, path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST = _handle  # noqa: N815

        def log_message(self, *arguments: Any) -> None:
            """Stay silent."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cluster.url = f"http://127.0.0.1:{http.server_port}"
    thread = Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield cluster
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def write_kubeconfig(path: Path, server: str, **cluster: str) -> Path:
    """Write a kubeconfig with one context, `test`.

    Args:
        path: The file.
        server: Address of the API server.
        cluster: Further keys of the cluster.
    """
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "u", "user": {"token": "secret-token"}}],
        "contexts": [{"name": "test", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "test",
    }
    # JSON is YAML.
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def healthy_cluster() -> Cluster:
    """A cluster in which nothing is missing: KFP 2.17.0, pools cpu and gpu."""
    nodes = [
        node("cpu-1", {"prodl.dev/pool": "cpu"}),
        node(
            "gpu-1",
            {"prodl.dev/pool": "gpu", "cloud.google.com/gke-accelerator": "nvidia-l4"},
            taints=[
                {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
            ],
            devices={"nvidia.com/gpu": "1"},
        ),
    ]
    served = ("workflows", "workflowtaskresults", "workflowtasksets")
    return Cluster(
        objects={
            "/version": {"gitVersion": "v1.36.3"},
            "/apis/argoproj.io/v1alpha1": resources(*served),
            "/apis/kubeflow.org/v1beta1": resources("scheduledworkflows"),
            f"{KUBEFLOW}/ml-pipeline": deployment("kfp-api-server:2.17.0"),
            f"{KUBEFLOW}/workflow-controller": deployment("workflow-controller:v4.0.5"),
            "/api/v1/nodes": {"items": nodes},
            "/api/v1/namespaces/kubeflow": {"metadata": {"name": "kubeflow"}},
            NAMESPACE: {"metadata": {"name": "prodl", "labels": {}}},
            f"{NAMESPACE}/serviceaccounts/prodl-runner": {},
            f"{NAMESPACE}/persistentvolumeclaims/prodl-state": {
                "status": {"phase": "Bound"}
            },
            f"{NAMESPACE}/resourcequotas": {"items": [quota()]},
            f"{NAMESPACE}/limitranges": {"items": [limit_range()]},
            f"{NAMESPACE}/pods": {"items": []},
            f"{NAMESPACE}/secrets/prodl-storage": secret(
                AWS_ACCESS_KEY_ID="id", AWS_SECRET_ACCESS_KEY="key"
            ),
            f"{NAMESPACE}/secrets/mlpipeline-minio-artifact": secret(
                accesskey="id", secretkey="key"
            ),
        },
        raw={
            HEALTH: (200, b'{"commit_sha": "0", "tag_name": "2.17.0"}'),
            STORE: (200, b"<ListBucketResult/>"),
        },
    )


def node(
    name: str,
    labels: dict[str, str],
    taints: list[dict[str, str]] | None = None,
    devices: dict[str, str] | None = None,
) -> Object:
    """A node with 4 cores and 16 GB, the image `prodl:1` of a registry on it."""
    allocatable = {"cpu": "3920m", "memory": "15000000Ki", **(devices or {})}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": taints or []},
        "status": {
            "allocatable": allocatable,
            "images": [{"names": ["127.0.0.1:1/prodl:1"]}],
        },
    }


def deployment(image: str) -> Object:
    """A deployment with one ready Pod."""
    containers = [{"image": f"ghcr.io/kubeflow/{image}"}]
    pod = {"serviceAccountName": image.partition(":")[0], "containers": containers}
    return {"spec": {"template": {"spec": pod}}, "status": {"readyReplicas": 1}}


def resources(*names: str) -> Object:
    """The list of the resources of a group."""
    return {"kind": "APIResourceList", "resources": [{"name": name} for name in names]}


def secret(**values: str) -> Object:
    """A secret with these values."""
    data = {k: base64.b64encode(v.encode()).decode() for k, v in values.items()}
    return {"kind": "Secret", "data": data}


def quota(used: dict[str, str] | None = None, **hard: str) -> Object:
    """A quota like that of the project, with other limits if given."""
    admitted = {"pods": "100", "requests.cpu": "16", "requests.memory": "64Gi", **hard}
    return {
        "metadata": {"name": "prodl"},
        "spec": {"hard": admitted},
        "status": {"hard": admitted, "used": used or {}},
    }


def limit_range(**largest: str) -> Object:
    """A limit range like that of the project, with another maximum if given."""
    container = {
        "type": "Container",
        "defaultRequest": {"cpu": "50m", "memory": "64Mi"},
        "default": {"cpu": "500m", "memory": "512Mi"},
        "max": {"cpu": "8", "memory": "32Gi", **largest},
    }
    return {"metadata": {"name": "prodl"}, "spec": {"limits": [container]}}


def _status(code: int, message: str) -> tuple[int, bytes]:
    body = {"kind": "Status", "status": "Failure", "message": message, "code": code}
    return code, json.dumps(body).encode()
