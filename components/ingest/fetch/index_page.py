# SPDX-License-Identifier: Apache-2.0
"""Page of a project on a package index: file names and addresses, HTML or JSON.

The HTML of such a page is a list of links (PEP 503), the JSON a list of files
(PEP 691). Parsers of any HTML take time quadratic in a hostile page, hours for one of
normal size; this one looks at each character once and knows links only.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, urljoin, urlsplit

from components.core.shortening import quote
from components.ingest.fetch.download import SourceError

ACCEPT: Final = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.01"
)
# Without `<`, so that a tag that never ends is left at the next one.
_TAG: Final = re.compile(r"<(a|base|meta)\s([^<>]{1,8000})>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"(?<![a-z0-9-])([a-z][a-z0-9-]{0,40})\s?=\s?(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))",
    re.IGNORECASE,
)
_JSON: Final = "json"
_SUPPORTED: Final = "1"


def read_index_page(content: bytes, content_type: str, url: str) -> dict[str, str]:
    """Read the page of a project.

    Args:
        content: The page.
        content_type: Header of the response, `...+json` or one of HTML.
        url: Its address, to which relative links belong.

    Returns:
        File name -> absolute address; of a name that occurs twice, the first.

    Raises:
        SourceError: It is no such page, or of a newer version.
    """
    try:
        read = _read_json if _JSON in content_type.lower() else _read_html
        files: dict[str, str] = {}
        for name, address in read(content.decode("utf-8", errors="replace"), url):
            files.setdefault(name, address)
        return files
    except (ValueError, RecursionError) as error:
        # Of json and of addresses.
        raise SourceError(f"its page cannot be read: {quote(str(error))}") from None


def _read_json(text: str, url: str) -> Iterator[tuple[str, str]]:
    page = json.loads(text)
    if not isinstance(page, Mapping) or not isinstance(page.get("files"), list):
        raise SourceError("its page is no list of files")
    meta = page.get("meta")
    _check_version(meta.get("api-version") if isinstance(meta, Mapping) else None)
    for file in page["files"]:
        name, address = _file_of(file)
        if name:
            yield name, urljoin(url, address)


def _file_of(file: Any) -> tuple[str, str]:
    """Name and address of a file; both empty if it has none."""
    if not isinstance(file, Mapping):
        return "", ""
    name, address = file.get("filename"), file.get("url")
    if not isinstance(name, str) or not isinstance(address, str):
        return "", ""
    return name, address


def _read_html(text: str, url: str) -> Iterator[tuple[str, str]]:
    base = url
    for tag in _TAG.finditer(text):
        kind, attributes = tag[1].lower(), _attributes(tag[2])
        href = attributes.get("href", "")
        if kind == "meta" and attributes.get("name") == "pypi:repository-version":
            _check_version(attributes.get("content"))
        elif kind == "base" and href:
            base = urljoin(url, href)
        elif kind == "a" and href:
            address = urljoin(base, href)
            # The address names the file, as the text of the link does.
            yield unquote(urlsplit(address).path.rpartition("/")[2]), address


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), html.unescape(double or single or bare))
    return found


def _check_version(version: Any) -> None:
    """Refuse a page of a major version that may mean something else (PEP 629)."""
    if isinstance(version, str) and version.partition(".")[0] != _SUPPORTED:
        raise SourceError(
            f"its page has the version {quote(version)} of the index's interface; "
            f"{_SUPPORTED}.x is read here"
        )
