# SPDX-License-Identifier: Apache-2.0
"""Questions over HTTP to servers beside Kubernetes: KFP, stores, registries."""

import ipaddress
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import requests

from pipelines.doctor.cluster.answer import (
    CONNECT_SECONDS,
    READ_SECONDS,
    Answer,
    not_reached,
)

TIMEOUT: Final = (CONNECT_SECONDS, READ_SECONDS)


def is_loopback(url: str) -> bool:
    """Whether an address is of this machine, which no proxy reaches.

    Example:
        >>> is_loopback("https://127.0.0.1:6443")
        True
    """
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
    # In place of the environment's variable of that name.
    direct = {"no_proxy": urlsplit(url).hostname or ""} if is_loopback(url) else None
    try:
        answer = requests.request(
            method,
            url,
            headers=headers,
            params=query,
            timeout=TIMEOUT,
            proxies=direct,
            allow_redirects=False,
        )
    except (requests.RequestException, ValueError) as error:
        return not_reached(error)
    return Answer(answer.status_code, answer.content, headers=dict(answer.headers))
