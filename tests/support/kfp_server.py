# SPDX-License-Identifier: Apache-2.0
"""A fake server of the HTTP API of Kubeflow Pipelines.

Its answers are the client library's own models, serialized as the client does. It runs
no pipeline.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import kfp_server_api as api

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Server:
    """Answers of the server, and the requests that it received."""

    url: str = ""
    """Address of the server."""

    polls: list[dict[str, str]] = field(default_factory=list)
    """Step -> its state, `CACHED` or `OMITTED`, at each poll; the last one stays."""

    failing: list[int] = field(default_factory=list)
    """Statuses that the next questions about the run get in place of an answer."""

    final: str = "SUCCEEDED"
    """State of the run after the last poll."""

    shown: dict[str, str] = field(default_factory=dict)
    """The states of the last poll."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of the runs that were created."""

    uploads: list[str] = field(default_factory=list)
    """Addresses of uploads, in order."""

    knows_pipeline: bool = False
    """Whether the pipeline was uploaded before."""

    def answer(self, method: str, path: str, body: Any) -> Any:
        """Return the model that answers a request, or None for an unknown one."""
        if path.startswith("/apis/v1beta1/"):
            return self._workflow()
        route = (method, path.removeprefix("/apis/v2beta1/").split("/")[0])
        if route == ("GET", "healthz"):
            return api.V2beta1GetHealthzResponse(multi_user=False)
        if route == ("POST", "experiments"):
            return api.V2beta1Experiment(experiment_id="e", display_name="x")
        if route == ("GET", "experiments"):
            return api.V2beta1ListExperimentsResponse(experiments=None)
        if route == ("POST", "runs"):
            self.runs.append(body)
            return api.V2beta1Run(run_id="run-1", state="PENDING")
        if route == ("GET", "runs"):
            return self._run()
        return self._pipelines(method, path)

    def _pipelines(self, method: str, path: str) -> Any:
        pipeline = api.V2beta1Pipeline(pipeline_id="p", display_name="mnist-cnn")
        version = api.V2beta1PipelineVersion(pipeline_id="p", pipeline_version_id="v")
        if method == "POST":
            self.uploads.append(path)
            return version if path.endswith("upload_version") else pipeline
        if path.endswith("versions"):
            return api.V2beta1ListPipelineVersionsResponse(pipeline_versions=[version])
        if path.endswith("pipelines"):
            known = [pipeline] if self.knows_pipeline else None
            return api.V2beta1ListPipelinesResponse(pipelines=known)
        return None

    def _run(self) -> api.V2beta1Run:
        is_last = len(self.polls) == 1
        states = self.polls[0] if is_last else self.polls.pop(0)
        self.shown = states
        state = self.final if is_last else "RUNNING"
        tasks = [_task("root-driver", "SUCCEEDED"), _task("root", state)]
        for name, ended in states.items():
            tasks += _step(name, ended)
        return api.V2beta1Run(
            run_id="run-1",
            state=state,
            run_details=api.V2beta1RunDetails(task_details=tasks),
        )

    def _workflow(self) -> dict[str, Any]:
        """The run as v1beta1 shows it: its Workflow with the executors of the steps."""
        nodes = {
            f"run-{number}": {
                "name": f"run.root.{step}.executor",
                "phase": "Skipped" if state == "CACHED" else "Succeeded",
            }
            for number, (step, state) in enumerate(self.shown.items())
        }
        manifest = json.dumps({"status": {"nodes": nodes}})
        return {"pipeline_runtime": {"workflow_manifest": manifest}}


def _step(name: str, state: str) -> list[api.V2beta1PipelineTaskDetail]:
    """Tasks of a step: driver, step and executor; none names its Pod or its parent."""
    if state == "OMITTED":
        return [_task(f"{name}-driver", None), _task(name, None)]
    outer, inner = ("SUCCEEDED", "SKIPPED") if state == "CACHED" else (state, state)
    child = api.PipelineTaskDetailChildTask(pod_name=f"run-{name}")
    return [
        _task(f"{name}-driver", "SUCCEEDED"),
        _task(name, outer, child_tasks=[child]),
        _task("executor", inner),
    ]


def _task(name: str, state: str | None, **more: Any) -> api.V2beta1PipelineTaskDetail:
    error = api.GoogleRpcStatus(code=2, message="exit status 4")
    return api.V2beta1PipelineTaskDetail(
        display_name=name,
        state=state,
        start_time=NOW,
        end_time=NOW + timedelta(seconds=90),
        error=error if state == "FAILED" else None,
        **more,
    )


@contextmanager
def serve(server: Server) -> Iterator[Server]:
    """Run the server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            is_json = "json" in (self.headers.get("Content-Type") or "")
            body = json.loads(raw) if raw and is_json else None
            path = urlsplit(self.path).path
            if server.runs and self.command == "GET" and server.failing:
                self.send_error(server.failing.pop(0))
                return
            model = server.answer(self.command, path, body)
            content = api.ApiClient().sanitize_for_serialization(model)
            self.send_response(200 if model else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content or {}).encode())

        do_GET = do_POST = _handle  # noqa: N815

        def log_message(self, *arguments: Any) -> None:
            """Stay silent."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    Thread(target=http.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        http.shutdown()
