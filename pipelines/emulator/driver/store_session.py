# SPDX-License-Identifier: Apache-2.0
"""What KFP says of the object store of an artifact: provider, address, secret.

It is the fact `store_session_info` of each artifact. Given is what a plain installation
of KFP 2.16 says, whose ConfigMap `kfp-launcher` names no providers.
"""

import json
from typing import Final

from components.model_store.object_store import MINIO_ENDPOINT

PLAIN_INSTALLATION: Final = {
    "accessKeyKey": "accesskey",
    "disableSSL": "true",
    "endpoint": MINIO_ENDPOINT.removeprefix("http://"),
    "fromEnv": "false",
    "maxRetries": "5",
    "region": "minio",
    "secretKeyKey": "secretkey",
    "secretName": "mlpipeline-minio-artifact",
}


def store_session_info(root: str) -> str:
    """The fact for artifacts below an address.

    Args:
        root: Address of the artifacts; in stores other than the installation's own
            (`minio://`) the credentials are those of the Pod.
    """
    provider = root.partition("://")[0]
    params = PLAIN_INSTALLATION if provider == "minio" else {"fromEnv": "true"}
    session = {"Provider": provider, "Params": params}
    return json.dumps(session, separators=(",", ":"))
