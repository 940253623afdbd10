# SPDX-License-Identifier: Apache-2.0
"""Questions over HTTP to servers beside Kubernetes: KFP, stores, registries."""

from collections.abc import Mapping
from typing import Final

import requests

from pipelines.doctor.cluster.answer import (
    CONNECT_SECONDS,
    READ_SECONDS,
    Answer,
    not_reached,
)

TIMEOUT: Final = (CONNECT_SECONDS, READ_SECONDS)


def ask(
    url: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> Answer:
    """Send a request without a body; a redirection, to a login often, is an answer.

    Args:
        url: The address.
        method: Method of HTTP. Defaults to GET.
        headers: Headers of the request. Defaults to none.
        query: Query of the address. Defaults to none.
    """
    try:
        answer = requests.request(
            method,
            url,
            headers=headers,
            params=query,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except (requests.RequestException, ValueError) as error:
        return not_reached(error)
    return Answer(answer.status_code, answer.content, headers=dict(answer.headers))
