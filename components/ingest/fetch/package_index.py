# SPDX-License-Identifier: Apache-2.0
"""Client of pip's package index: indexes, local folders, certificates and proxy.

No index is named here. The settings are pip's own (files and environment), read through
pip, then uv's environment variables; without either, pypi-simple's default is used.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name
from pypi_simple import PYPI_SIMPLE_ENDPOINT
from urllib3.exceptions import HTTPError

from components.core.redaction import without_password
from components.ingest.download_sources import DownloadSource
from components.ingest.fetch.download import SourceError, explain
from components.ingest.fetch.http_session import HttpSession, require_same_kind
from components.ingest.fetch.index_page import ACCEPT, read_index_page

# Sections that pip reads for `pip download`, the strongest first.
PIP_SECTIONS: Final = (":env:", "download", "install", "global")
# The page of a project with thousands of files has some 10 MB.
MAX_PAGE_BYTES: Final = 16 << 20
PAGE_SECONDS: Final = 60.0


@dataclass(frozen=True)
class IndexSettings:
    """Where packages come from."""

    indexes: tuple[str, ...]
    """Addresses of simple indexes, in order."""

    folders: tuple[Path, ...] = ()
    """Local folders of wheels, searched first (`find-links`)."""

    certificate: str = ""
    """Bundle of certificates to trust, "" for the default one."""

    proxy: str = ""
    """Address of a proxy, "" for that of the environment."""


def read_index_settings(environment: Mapping[str, str] = os.environ) -> IndexSettings:
    """Read the settings of pip and uv.

    Args:
        environment: Environment variables. Defaults to those of the process.
    """
    pip = _pip_settings(environment)
    links = f"{pip.get('find-links', '')} {environment.get('UV_FIND_LINKS', '')}"
    paths = (Path(link.removeprefix("file://")) for link in links.split())
    no_index = pip.get("no-index", "").lower() in ("1", "true", "yes", "on", "y", "t")
    return IndexSettings(
        indexes=() if no_index else _indexes(pip, environment),
        folders=tuple(path for path in paths if path.is_dir()),
        certificate=pip.get("cert") or environment.get("SSL_CERT_FILE", ""),
        proxy=pip.get("proxy", ""),
    )


def open_http_session(settings: IndexSettings) -> HttpSession:
    """Make a session with pip's certificates and proxy that also reads `file://`."""
    return HttpSession(settings.certificate, settings.proxy)


def find_package(
    source: DownloadSource, settings: IndexSettings, session: HttpSession
) -> str:
    """Return the address of a package, from the first folder or index that has it.

    Raises:
        SourceError: None has it; the message has the reason of each.
    """
    for folder in settings.folders:
        if (folder / source.archive).is_file():
            return (folder / source.archive).resolve().as_uri()
    reasons = []
    for index in settings.indexes:
        try:
            return _find_on_index(source, index, session)
        except SourceError as error:
            reasons.append(f"{without_password(index)}: {error}")
    raise SourceError("; ".join(reasons) or "pip is set to use no index", True)


def _find_on_index(source: DownloadSource, index: str, session: HttpSession) -> str:
    url = f"{index.rstrip('/')}/{canonicalize_name(source.project)}/"
    seconds = min(PAGE_SECONDS, source.deadline_seconds)
    headers = {"Accept": ACCEPT, "Accept-Encoding": "identity"}
    try:
        response, content = session.read(
            url, headers, source.timeout_seconds, seconds, MAX_PAGE_BYTES
        )
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise SourceError(f"no project {source.project!r}")
        response.raise_for_status()
        content_type = response.headers.get("Content-Type", "")
        files = read_index_page(content, content_type, response.url)
        if source.archive in files:
            require_same_kind(response.url, files[source.archive])
            return files[source.archive]
    except (OSError, HTTPError, ValueError) as error:
        raise explain(error, source) from None
    raise SourceError(f"{source.project!r} is there, but not {source.archive}")


def _indexes(pip: Mapping[str, str], environment: Mapping[str, str]) -> tuple[str, ...]:
    main = (
        pip.get("index-url")
        or environment.get("UV_DEFAULT_INDEX")
        or environment.get("UV_INDEX_URL")
        or PYPI_SIMPLE_ENDPOINT
    )
    extra = [pip.get("extra-index-url", "")]
    extra += [environment.get(name, "") for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL")]
    # uv lets an index have a name: `name=address`.
    named = [main, *" ".join(extra).split()]
    urls = [
        text.split("=", 1)[1] if "=" in text.split(":")[0] else text for text in named
    ]
    return tuple(dict.fromkeys(urls))


def _pip_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings as `pip config list` prints them, by plain name; {} without pip."""
    command = [sys.executable, "-P", "-m", "pip", "config", "list"]
    answer = subprocess.run(
        command, env=dict(environment), capture_output=True, text=True, check=False
    )
    lines = (line.partition("=") for line in answer.stdout.splitlines())
    printed = {key: str(ast.literal_eval(value)) for key, _, value in lines if value}
    settings: dict[str, str] = {}
    for section in reversed(PIP_SECTIONS):
        prefix = f"{section}."
        settings |= {
            key.removeprefix(prefix): value
            for key, value in printed.items()
            if key.startswith(prefix)
        }
    return settings
