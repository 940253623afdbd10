# SPDX-License-Identifier: Apache-2.0
"""The store that KFP's launcher used, from the metadata of an input artifact.

KFP writes `store_session_info` there, JSON: provider, server, region and whether the
server speaks TLS. What the specification or a secret says comes first.
"""

import json
import os
from typing import Any, Final

from components.core.errors import UsageError
from components.model_store.object_store import ENDPOINT_VARIABLES, check_endpoint

SESSION: Final = "store_session_info"
REGION_VARIABLE: Final = "AWS_REGION"
# KFP writes this for all of Amazon's; the name of a bucket then has its own server.
AMAZON: Final = "s3.amazonaws.com"


def take_store_session(invocation: dict[str, Any]) -> None:
    """Set the variables of the store that are not set, by the inputs of a step.

    Args:
        invocation: The ExecutorInput, with addresses as KFP wrote them.

    Raises:
        UsageError: If KFP names a server that is none.
    """
    for named in invocation.get("inputs", {}).get("artifacts", {}).values():
        for artifact in named.get("artifacts", []):
            variable = ENDPOINT_VARIABLES.get(artifact["uri"].partition("://")[0])
            if variable and not os.environ.get(variable):
                params = _params(artifact.get("metadata", {}).get(SESSION))
                _set_variables(variable, params)


def _set_variables(variable: str, params: dict[str, str]) -> None:
    endpoint = params.get("endpoint", "")
    if endpoint and AMAZON not in endpoint:
        protocol = "http" if params.get("disableSSL", "").lower() == "true" else "https"
        url = endpoint if "://" in endpoint else f"{protocol}://{endpoint}"
        os.environ[variable] = check_endpoint(f"{SESSION} of an input artifact", url)
    if params.get("region"):
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
            f"Received {str(text)[:200]!r}.\nCompile with --store-endpoint."
        ) from None
