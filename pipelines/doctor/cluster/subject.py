# SPDX-License-Identifier: Apache-2.0
"""What is examined: a cluster, and a run of a recipe that is planned there."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pipelines.doctor.cluster.capacity.demand import Demand
from pipelines.doctor.cluster.http.answer import Answer
from pipelines.doctor.cluster.http.connection import Connection
from pipelines.doctor.cluster.http.web import ask
from pipelines.kubeflow.pools import Pools

# Namespace of Kubeflow Pipelines itself.
KFP_NAMESPACE: Final = "kubeflow"
HEALTH: Final = "/apis/v2beta1/healthz"
PROXIED_HEALTH: Final = (
    f"/api/v1/namespaces/{KFP_NAMESPACE}/services/ml-pipeline:8888/proxy{HEALTH}"
)
INSTALL_KFP: Final = "install Kubeflow Pipelines 2.17.0 (docs/kubeflow.md, step 4)"
# Creates namespace, account, role, quota, settings of the launcher and secret.
APPLY: Final = "kubectl apply -k infra/kubeflow/overlays/OVERLAY (docs/kubeflow.md)"


@dataclass(frozen=True)
class Subject:
    """A cluster and a planned run."""

    connection: Connection
    """Connection to the API server."""

    project: Path
    """The project's folder."""

    pools: Pools
    """infra/pools.yaml."""

    demand: Demand
    """What the run asks for."""

    namespace: str
    """Namespace of the run."""

    root: str = ""
    """Address for artifacts; empty for the installation's own."""

    host: str = ""
    """Address of Kubeflow Pipelines; empty to ask through the API server."""

    @property
    def account(self) -> str:
        """Service account of the Pods."""
        return self.pools.cluster.service_account

    @property
    def is_without_namespace(self) -> bool:
        """Whether the namespace is missing, so that all in it is."""
        return self.connection.get(f"/api/v1/namespaces/{self.namespace}").is_missing

    @cached_property
    def kfp_health(self) -> Answer:
        """What the API server of Kubeflow Pipelines says of itself."""
        if self.host:
            return ask(self.host.rstrip("/") + HEALTH)
        return self.connection.get(PROXIED_HEALTH)

    def deployment(self, name: str) -> Answer:
        """Ask for a deployment of Kubeflow Pipelines itself."""
        path = f"/apis/apps/v1/namespaces/{KFP_NAMESPACE}/deployments/{name}"
        return self.connection.get(path)

    def path(self, resource: str) -> str:
        """Address of a resource of the core group in the run's namespace."""
        return f"/api/v1/namespaces/{self.namespace}/{resource}"


def pod_of(deployment: Answer) -> dict[str, Any]:
    """The specification of a deployment's Pods; empty if it was not read."""
    spec = deployment.body.get("spec", {})
    return dict(spec.get("template", {}).get("spec", {}))
