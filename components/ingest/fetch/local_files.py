# SPDX-License-Identifier: Apache-2.0
"""Let the HTTP client read `file://` addresses, for package indexes in a folder."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse


class FileAdapter(BaseAdapter):
    """Answers as a web server would: the file, a folder's index.html, or 404."""

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Open the file that a request names."""
        response = requests.Response()
        response.request = request
        response.url = request.url or ""
        path = Path(unquote(urlsplit(response.url).path))
        path = path / "index.html" if path.is_dir() else path
        if path.is_file():
            response.status_code = 200
            response.headers = CaseInsensitiveDict(_headers(path))
            response.raw = HTTPResponse(path.open("rb"), preload_content=False)
        else:
            response.status_code, response.reason = 404, "no such file"
            response.raw = HTTPResponse(BytesIO(), preload_content=False)
        return response

    def close(self) -> None:
        """Nothing is held open."""


def _headers(path: Path) -> Mapping[str, str]:
    is_page = path.suffix == ".html"
    return {
        "Content-Type": "text/html" if is_page else "application/octet-stream",
        "Content-Length": str(path.stat().st_size),
    }
