# SPDX-License-Identifier: Apache-2.0
"""Pages of a package index, HTML and JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from components.ingest.fetch.download import SourceError
from components.ingest.fetch.http_session import HttpSession
from components.ingest.fetch.package_index import IndexSettings, find_package
from tests.fuzz import mutation
from tests.fuzz.mutation import Rng
from tests.fuzz.readers.packages import WHEEL, source_of
from tests.fuzz.structure import change_value, insert_tokens

DECLARED = (SourceError,)
MEMORY_MB = 1000
INDEX = "https://index.invalid/simple"
SOURCE = source_of(kind="package", wheel=WHEEL)
TOKENS = [
    *(
        "<a ",
        "<a <a ",
        "<!--",
        "-->",
        "<![CDATA[",
        "<!DOCTYPE",
        "<?",
        "</a",
        "</a>",
        ">",
    ),
    *("<", "href=", 'href="', "href='", '"', "'", "=", "&#x", "&#99999999999;", "&amp"),
    *(
        '<base href="file:///etc/">',
        '<base href="http://[bad">',
        "<script>",
        "\0",
        "\n",
    ),
    *(
        '<meta name="pypi:repository-version" content="9.0">',
        "<meta ",
        "a-b=",
        "\ufffd",
    ),
    *("[", "{", '{"a":', "]", "}", ",", ":", "1e999", "9" * 5000, "NaN", '"\\ud800"'),
]


def draw_corpus(rng: Rng) -> list[bytes]:
    """A page of each form with thirty files."""
    names = [WHEEL, *(f"digits-0.{n}.tar.gz" for n in rng.integers(0, 99, 30))]
    links = [f'<a href="../../files/{n}#sha256=00">{n}</a><br/>' for n in names]
    version = '<meta name="pypi:repository-version" content="1.3">'
    page = "\n".join(["<!DOCTYPE html><html><head>", version, "</head><body>", *links])
    files = [
        {"filename": n, "url": f"/f/{n}", "hashes": {"sha256": "0"}} for n in names
    ]
    listing = {"meta": {"api-version": "1.1"}, "name": "digits", "files": files}
    return [page.encode(), json.dumps(listing).encode()]


def mutate(content: bytes, corpus: Sequence[bytes], rng: Rng) -> bytes:
    """Change values of JSON, insert words of both languages, change bytes."""
    choice = rng.random()
    if content.startswith(b"{") and choice < 0.5:
        changed = change_value(json.loads(content), rng)
        return json.dumps(_plain(changed)).encode()[: mutation.MAX_BYTES]
    if choice < 0.8:
        content = insert_tokens(content, TOKENS, rng)
    if choice > 0.6:
        content = mutation.mutate(content, corpus, rng)
    return content[: mutation.MAX_BYTES]


def run(content: bytes, folder: Path) -> None:
    """Look for a wheel on the page."""
    is_json = content.lstrip().startswith((b"{", b"["))
    kind = "application/vnd.pypi.simple.v1+json" if is_json else "text/html"
    session = cast(HttpSession, _Server(content, kind))
    find_package(SOURCE, IndexSettings((INDEX,)), session)


class _Server:
    """Answers every request with the same page."""

    def __init__(self, content: bytes, content_type: str) -> None:
        self._content = content
        self._headers = {"Content-Type": content_type}

    def read(self, url: str, *_: Any) -> tuple[Any, bytes]:
        response = SimpleNamespace(
            status_code=200,
            headers=self._headers,
            url=url,
            raise_for_status=lambda: None,
        )
        return response, self._content


def _plain(value: Any) -> Any:
    """What JSON can hold of a changed value."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    is_plain = value is None or isinstance(value, str | int | float)
    return value if is_plain else str(value)
