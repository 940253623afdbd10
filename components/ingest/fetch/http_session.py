# SPDX-License-Identifier: Apache-2.0
"""HTTP session of a fetch: certificates, proxy, `file://`, and limits on what arrives.

A server that is not trusted may send without end, a byte at a time, or lead to a file
of this machine.
"""

import threading
import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urljoin, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from components.core.shortening import shorten

# A longer wait for a connection never helped; a later pause may be longer.
CONNECT_SECONDS: Final = 10.0
BLOCK: Final = 1 << 16
_REMOTE: Final = ("http", "https")
_MAX_REDIRECTS: Final = 10


class LedAway(requests.RequestException):
    """A server leads to an address that is on no server."""


class PageTooLarge(requests.RequestException):
    """A page has more bytes than any true one."""


class HttpSession(requests.Session):
    """A session that reads `file://` as well, but is never led there.

    Args:
        certificate: Bundle of certificates to trust, "" for the default one.
        proxy: Address of a proxy, "" for that of the environment.
    """

    def __init__(self, certificate: str = "", proxy: str = "") -> None:
        super().__init__()
        self.mount("file://", _FileAdapter())
        if certificate:
            self.verify = certificate
        if proxy:
            self.proxies = {"http": proxy, "https": proxy}

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return none: `open` follows redirects.

        The library would do so whatever the scheme, after reading the whole body of
        each response into memory.
        """

    def open(
        self,
        url: str,
        headers: Mapping[str, str],
        silence: float,
        deadline: float,
    ) -> requests.Response:
        """Send a request and wait for the head of the response.

        Args:
            url: The address.
            headers: Headers of the request.
            silence: Longest time without any byte, in seconds.
            deadline: Time of `time.monotonic` by which the head has arrived.

        Raises:
            OSError: Any of requests; a `Timeout` after the deadline, `LedAway` if the
                server leads to something that is on no server.
        """
        request = _Request(self, url, headers, silence)
        # No timeout of requests ends a head that arrives a byte at a time.
        request.start()
        request.join(max(0.0, deadline - time.monotonic()))
        return request.result()

    def read(
        self,
        url: str,
        headers: Mapping[str, str],
        silence: float,
        seconds: float,
        max_bytes: int,
    ) -> tuple[requests.Response, bytes]:
        """Read a whole page.

        Args:
            url: The address.
            headers: Headers of the request.
            silence: Longest time without any byte, in seconds.
            seconds: Longest time for all of it.
            max_bytes: Largest page.

        Returns:
            The response, of any status, and its uncompressed content.

        Raises:
            OSError: Any of requests, or the page exceeds a limit.
        """
        deadline = time.monotonic() + seconds
        content = bytearray()
        with self.open(url, headers, silence, deadline) as response:
            # read1 returns what has arrived, so a slow server meets the deadline.
            while block := response.raw.read1(BLOCK, decode_content=True):
                content += block
                if len(content) > max_bytes:
                    raise PageTooLarge(f"more than {max_bytes:,} bytes")
                if time.monotonic() > deadline:
                    raise requests.Timeout(f"not done after {seconds:g} s")
        return response, bytes(content)


def require_same_kind(source: str, target: str) -> None:
    """Refuse an address that leads from a server to something else, as a file.

    Args:
        source: The address that names the other.
        target: The absolute address that is named.

    Raises:
        LedAway: The message has the address.
    """
    kinds = _scheme(source), _scheme(target)
    if kinds[1] not in _REMOTE and kinds[0] != kinds[1]:
        raise LedAway(f"it leads to {shorten(target, 100)!r}, which is on no server")


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return ""


class _Request(threading.Thread):
    """A request in a thread of its own, which is left alone after the deadline."""

    def __init__(
        self,
        session: requests.Session,
        url: str,
        headers: Mapping[str, str],
        silence: float,
    ) -> None:
        super().__init__(daemon=True)
        self._session = session
        self._url = url
        self._headers = headers
        self._timeout = (min(CONNECT_SECONDS, silence), silence)
        self._response: requests.Response | None = None
        self._error: Exception | None = None
        self._is_abandoned = False

    def run(self) -> None:
        try:
            response = self._follow(self._url)
        except Exception as error:
            # Raised again by `result`, in the thread that asked.
            self._error = error
            return
        self._response = response
        if self._is_abandoned:
            response.close()

    def result(self) -> requests.Response:
        if self._error is not None:
            raise self._error
        if self._response is None:
            self._is_abandoned = True
            raise requests.Timeout("timed out")
        return self._response

    def _follow(self, url: str) -> requests.Response:
        for _ in range(_MAX_REDIRECTS):
            response = self._session.get(
                url, headers=self._headers, timeout=self._timeout, stream=True
            )
            if not response.is_redirect:
                return response
            response.close()
            target = _join(response.url, response.headers["location"])
            require_same_kind(url, target)
            url = target
        raise requests.TooManyRedirects(f"more than {_MAX_REDIRECTS} redirects")


def _join(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise requests.exceptions.InvalidURL(str(error)) from None


class _FileAdapter(BaseAdapter):
    """Serves `file://` addresses: the file, a folder's index.html, or status 404."""

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        response = requests.Response()
        response.request = request
        response.url = request.url or ""
        path = Path(unquote(urlsplit(response.url).path))
        path = path / "index.html" if path.is_dir() else path
        # Neither a folder nor a pipe, which might never end.
        if not path.is_file():
            response.status_code, response.reason = 404, "no such file"
            response.raw = HTTPResponse(BytesIO(), preload_content=False)
            return response
        is_page = path.suffix == ".html"
        response.status_code = 200
        response.headers = CaseInsensitiveDict(
            {
                "Content-Type": "text/html" if is_page else "application/octet-stream",
                "Content-Length": str(path.stat().st_size),
            }
        )
        response.raw = HTTPResponse(path.open("rb"), preload_content=False)
        return response

    def close(self) -> None:
        pass
