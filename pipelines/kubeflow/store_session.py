# SPDX-License-Identifier: Apache-2.0
"""The store that KFP's launcher used, from the metadata of an input artifact.

KFP writes `store_session_info` there, JSON: provider, server, region and whether the
server speaks TLS. What the specification or a secret says comes first.
"""

import json
import os
from typing import Any, Final

from components.core.errors import UsageError
from components.core.redaction import without_secrets
from components.core.shortening import quote
from pipelines.kubeflow.store_server import (
    DEFAULT_VARIABLE,
    ENDPOINT_VARIABLES,
    check_endpoint,
)

SESSION: Final = "store_session_info"
REGION_VARIABLE: Final = "AWS_REGION"
# KFP writes this for all of Amazon's; the name of a bucket then has its own server.
AMAZON: Final = "s3.amazonaws.com"


def take_store_session(invocation: dict[str, Any]) -> None:
    """Set the variables of the store that are not set, by the inputs of a step.

    Args:
        invocation: The ExecutorInput, with addresses as KFP wrote them.

    Raises:
        UsageError: If KFP, or a variable, names a server that is none.
    """
    for name in ENDPOINT_VARIABLES.values():
        # Empty would mean Amazon's own server, also for minio://.
        if url := os.environ.pop(name, ""):
            os.environ[name] = check_endpoint(name, url)
    for named in invocation.get("inputs", {}).get("artifacts", {}).values():
        for artifact in named.get("artifacts", []):
            scheme = artifact.get("uri", "").partition("://")[0]
            variable = ENDPOINT_VARIABLES.get(scheme)
            if variable and variable not in os.environ:
                params = _params(artifact.get("metadata", {}).get(SESSION))
                _set_variables(scheme, params)
    if default := os.environ.get(DEFAULT_VARIABLE):
        server = check_endpoint(DEFAULT_VARIABLE, default)
        os.environ.setdefault(ENDPOINT_VARIABLES["minio"], server)


def _set_variables(scheme: str, params: dict[str, str]) -> None:
    endpoint = params.get("endpoint", "")
    if endpoint and AMAZON not in endpoint:
        protocol = "http" if params.get("disableSSL", "").lower() == "true" else "https"
        url = endpoint if "://" in endpoint else f"{protocol}://{endpoint}"
        url = check_endpoint(f"{SESSION} of an input artifact", url)
        os.environ[ENDPOINT_VARIABLES[scheme]] = url
    # One variable for both schemes: the region must not be that of the other store.
    # With this variable the published models are at minio://.
    is_of_models = (scheme == "minio") == bool(os.environ.get(DEFAULT_VARIABLE))
    if params.get("region") and is_of_models:
        os.environ.setdefault(REGION_VARIABLE, params["region"])


def _params(text: object) -> dict[str, str]:
    """The parameters of a session; none where KFP wrote none."""
    try:
        params = json.loads(str(text or "{}"))["Params"]
        return {key: str(value) for key, value in params.items()}
    except KeyError:
        return {}
    except (ValueError, TypeError, AttributeError):
        raise UsageError(
            f"{SESSION} of an input artifact: expected a JSON object with Params.\n"
            f"Received {quote(without_secrets(str(text)))}.\n"
            "Compile with --store-endpoint."
        ) from None
