# SPDX-License-Identifier: Apache-2.0
"""Find a package where pip would look for it: indexes, folders, certificates, proxy.

No index is named here. pip's own settings (files and environment) are asked through
pip, then uv's environment variables; without either, pypi-simple's default holds.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import requests
from pypi_simple import PYPI_SIMPLE_ENDPOINT, NoSuchProjectError, PyPISimple

from components.ingest.fetch.download import SourceError, explain
from components.ingest.fetch.local_files import FileAdapter
from components.ingest.source_list import Source

# What pip reads for `pip download`, the strongest first.
PIP_SECTIONS = (":env:", "download", "install", "global")


@dataclass(frozen=True)
class IndexSettings:
    """Where packages come from.

    Attributes:
        indexes: Addresses of simple indexes, in order.
        folders: Local folders of wheels, looked at first (`find-links`).
        certificate: Bundle of certificates to trust, "" for the default one.
        proxy: Address of a proxy, "" for what the environment says.
    """

    indexes: tuple[str, ...]
    folders: tuple[Path, ...] = ()
    certificate: str = ""
    proxy: str = ""


def read_index_settings(environment: Mapping[str, str] = os.environ) -> IndexSettings:
    """Ask pip and the environment how packages are obtained here.

    Args:
        environment: Environment variables. Defaults to those of the process.
    """
    pip = _pip_settings(environment)
    links = f"{pip.get('find-links', '')} {environment.get('UV_FIND_LINKS', '')}"
    paths = (Path(link.removeprefix("file://")) for link in links.split())
    return IndexSettings(
        indexes=() if _is_true(pip.get("no-index")) else _indexes(pip, environment),
        folders=tuple(path for path in paths if path.is_dir()),
        certificate=pip.get("cert") or environment.get("SSL_CERT_FILE", ""),
        proxy=pip.get("proxy", ""),
    )


def open_session(settings: IndexSettings) -> requests.Session:
    """Make a session with pip's certificates and proxy that also reads `file://`."""
    session = requests.Session()
    session.mount("file://", FileAdapter())
    if settings.certificate:
        session.verify = settings.certificate
    if settings.proxy:
        session.proxies = {"http": settings.proxy, "https": settings.proxy}
    return session


def find_package(
    source: Source, settings: IndexSettings, session: requests.Session
) -> str:
    """Give the address of a package, from the first place that has it.

    Raises:
        SourceError: No place has it; each is listed with its reason.
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


def without_password(url: str) -> str:
    """An address as it may be shown: user name and password left out."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _find_on_index(source: Source, index: str, session: requests.Session) -> str:
    client = PyPISimple(endpoint=index, session=session)
    try:
        page = client.get_project_page(source.project, timeout=source.timeout_seconds)
    except NoSuchProjectError:
        raise SourceError(f"no project {source.project!r}") from None
    except (OSError, ValueError) as error:
        raise explain(error, source) from None
    for package in page.packages:
        if package.filename == source.archive:
            return package.url
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
    """Settings by plain name, as `pip config list` prints them; {} without pip."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    answer = subprocess.run(
        command, env=dict(environment), capture_output=True, text=True, check=False
    )
    lines = (line.partition("=") for line in answer.stdout.splitlines())
    printed = {key: str(ast.literal_eval(value)) for key, _, value in lines if value}
    settings: dict[str, str] = {}
    for key, value in printed.items():
        section, _, name = key.partition(".")
        keys = [f"{stronger}.{name}" for stronger in PIP_SECTIONS]
        strongest = next((k for k in keys if k in printed), None)
        if section in PIP_SECTIONS and strongest == key:
            settings[name] = value
    return settings


def _is_true(value: str | None) -> bool:
    return (value or "").lower() in ("1", "true", "yes", "on", "y", "t")
