# SPDX-License-Identifier: Apache-2.0
"""Questions over HTTP to servers beside Kubernetes: KFP, stores, registries."""

import ipaddress
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from pipelines.doctor.cluster.http.answer import (
    CONNECT_SECONDS,
    MAX_BYTES,
    READ_SECONDS,
    Answer,
    not_reached,
    too_large,
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
    """Send a request without a body, and without keys that are not in `headers`.

    A redirection, to a login often, is an answer.

    Args:
        url: The address.
        method: Method of HTTP. Defaults to GET.
        headers: Headers of the request. Defaults to none.
        query: Query of the address. Defaults to none.
    """
    # In place of the environment's variable of that name.
    direct = {"no_proxy": urlsplit(url).hostname or ""} if is_loopback(url) else None
    try:
        with requests.request(
            method,
            url,
            headers=headers,
            params=query,
            timeout=TIMEOUT,
            proxies=direct,
            allow_redirects=False,
            stream=True,
            auth=_without_keys,
        ) as answer:
            content = answer.raw.read(MAX_BYTES + 1, decode_content=True)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        return not_reached(error)
    if len(content) > MAX_BYTES:
        return too_large()
    return Answer(answer.status_code, content, headers=answer.headers)


def _without_keys(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In place of what requests would take from ~/.netrc, over a token even."""
    return request
