# SPDX-License-Identifier: Apache-2.0
"""KFP's API server, with the settings of a plain installation."""

import json
from typing import Any, Final
from urllib.error import URLError
from urllib.request import Request, urlopen

from infra.proof.processes import Servers
from tests.support.kfp import network
from tests.support.kfp.cluster import Cluster
from tests.support.kfp.database import PORT as DATABASE_PORT
from tests.support.kfp.object_store import ACCESS_KEY, BUCKET, SECRET_KEY

HTTP_PORT: Final = 8888
HOST: Final = f"http://{network.ADDRESS}:{HTTP_PORT}"
SECONDS_TO_START: Final = 180.0
PROGRAM: Final = "/kfp-api-server"
SETTINGS_FOLDER: Final = "/run/settings"
SETTINGS: Final = {
    "DBDriverName": "mysql",
    "DBConfig": {
        "MySQLConfig": {
            "Host": network.ADDRESS,
            "Port": str(DATABASE_PORT),
            "User": "root",
            "Password": "",
            "DBName": "mlpipeline",
            "GroupConcatMaxLen": "4194304",
        },
        "ConMaxLifeTime": "120s",
    },
    "ObjectStoreConfig": {
        "Host": network.STORE,
        "Port": str(network.STORE_PORT),
        "AccessKey": ACCESS_KEY,
        "SecretAccessKey": SECRET_KEY,
        "BucketName": BUCKET,
        "PipelinePath": "pipelines",
        "Region": "us-east-1",
    },
    "InitConnectionTimeout": "1m",
    "DefaultPipelineRunnerServiceAccount": "pipeline-runner",
    "CacheEnabled": "true",
}
# Of the deployment; the service for visualizations is named and never asked.
VARIABLES: Final = {
    "PUBLISH_LOGS": "true",
    "PIPELINE_LOG_LEVEL": "1",
    "POD_NAMESPACE": network.NAMESPACE,
    "CLUSTER_DOMAIN": "cluster.local",
    "ML_PIPELINE_VISUALIZATIONSERVER_SERVICE_HOST": network.ADDRESS,
    "ML_PIPELINE_VISUALIZATIONSERVER_SERVICE_PORT": "1",
}


def start_api_server(running: Servers, cluster: Cluster) -> None:
    """Start the API server and wait until it answers.

    Args:
        running: The servers to which it is added.
        cluster: The cluster, with its programs.
    """
    folder, version = cluster.pod_folder("ml-pipeline"), cluster.programs.version
    (folder / "config.json").write_text(json.dumps(SETTINGS))
    command = [
        PROGRAM,
        f"--config={SETTINGS_FOLDER}",
        # They take no address: in a network of its own nobody else is there.
        f"--rpcPortFlag=:{network.API_SERVER_PORT}",
        f"--httpPortFlag=:{HTTP_PORT}",
        "--logtostderr=true",
    ]
    mounts = {PROGRAM: cluster.programs.api_server, SETTINGS_FOLDER: folder}
    images = {
        f"V2_{name.upper()}_IMAGE": f"ghcr.io/kubeflow/kfp-{name}:{version}"
        for name in ("driver", "launcher")
    }
    # Its image says which version it is.
    variables = VARIABLES | images | {"TAG_NAME": version}
    pod = cluster.pod("ml-pipeline", command, variables, mounts)
    running.start("ml-pipeline", pod.process(folder), pod.environment)
    running.wait("ml-pipeline", _is_healthy, SECONDS_TO_START)


def report_workflow(workflow: dict[str, Any]) -> None:
    """Tell the API server the state of a Workflow, as KFP's persistence agent does."""
    # The body is a JSON text whose content is the Workflow in JSON.
    body = json.dumps(json.dumps(workflow)).encode()
    headers = {"Content-Type": "application/json"}
    request = Request(f"{HOST}/apis/v2beta1/workflows", body, headers)
    urlopen(request, timeout=60).close()


def _is_healthy() -> bool:
    try:
        urlopen(f"{HOST}/apis/v2beta1/healthz", timeout=5).close()
    except (URLError, OSError):
        return False
    return True
