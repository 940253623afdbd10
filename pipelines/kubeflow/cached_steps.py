# SPDX-License-Identifier: Apache-2.0
"""The steps of a run that Kubeflow Pipelines took from its cache.

A cached step succeeds like any other; only its inner executor is skipped. The interface
v2beta1 lists all executors without saying whose they are, but v1beta1 still shows the
Workflow, in which they lie below their steps.
"""

import json
from typing import Any, Final

import kfp_server_api

RUN: Final = "/apis/v1beta1/runs/{run_id}"
EXECUTOR: Final = "executor"
SKIPPED: Final = "Skipped"


def find_cached_steps(client: Any, run_id: str) -> frozenset[str]:
    """Find the cached steps; none where the server no longer shows the Workflow.

    Args:
        client: KFP's client.
        run_id: The run.
    """
    try:
        # The client has no method for it; this one has its address and credentials.
        run, *_ = client._run_api.api_client.call_api(
            RUN,
            "GET",
            path_params={"run_id": run_id},
            response_type="object",
            auth_settings=["Bearer"],
        )
    except kfp_server_api.ApiException:
        return frozenset()
    manifest = (run.get("pipeline_runtime") or {}).get("workflow_manifest") or "{}"
    try:
        nodes = json.loads(manifest).get("status", {}).get("nodes") or {}
    except ValueError:
        return frozenset()
    return frozenset(_cached_step(node) for node in nodes.values()) - {""}


def _cached_step(node: dict[str, Any]) -> str:
    """The step whose executor a node is, if it was skipped; else empty."""
    *_, step, last = ["", *str(node.get("name")).split(".")]
    return step if last == EXECUTOR and node.get("phase") == SKIPPED else ""
