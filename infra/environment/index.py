# SPDX-License-Identifier: Apache-2.0
"""Translate pip's settings for uv, which does not read them.

Index, proxy and certificate that pip is configured for hold for uv as well. A
configuration file of uv, or a variable of uv, has precedence.
"""

import ast
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.environment.problem import EnvironmentProblem

# Name in pip's configuration -> variables of uv with the same meaning.
SAME_IN_UV = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "find-links": ("UV_FIND_LINKS",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("ALL_PROXY", "HTTPS_PROXY", "https_proxy", "all_proxy"),
}
SOURCES = ("index-url", "extra-index-url", "find-links")
# Messages of uv for an unreachable index; any other, such as a wrong hash, is a fault.
UNREACHABLE = (
    "error sending request",
    "dns error",
    "connection",
    "timed out",
    "offline",
)
# uv separates these by commas, pip by white space.
COMMA_SEPARATED = ("UV_FIND_LINKS",)


class NoIndex(EnvironmentProblem):
    """The package index cannot be reached."""


@contextmanager
def told_apart(remedy: str) -> Iterator[None]:
    """Raise `NoIndex` for an installation that failed because no index answers.

    Args:
        remedy: What the user can do about it.
    """
    try:
        yield
    except EnvironmentProblem as problem:
        if any(words in str(problem).lower() for words in UNREACHABLE):
            raise NoIndex("The package index cannot be reached.", remedy) from problem
        raise


def read_pip_settings(pip: list[str | Path]) -> dict[str, str]:
    """Read pip's settings, from all of its files and variables.

    Args:
        pip: The command that starts it.
    """
    result = subprocess.run(
        [str(part) for part in [*pip, "config", "list"]],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return parse_pip_settings(result.stdout) if result.returncode == 0 else {}


def parse_pip_settings(text: str) -> dict[str, str]:
    """Read the lines of `pip config list`, the strongest section last.

    Example:
        >>> parse_pip_settings("global.timeout='9'\\n:env:.timeout='5'")
        {'timeout': '5'}
    """
    strength = {"global": 0, "install": 1, ":env:": 2}
    lines = []
    for line in text.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in strength and value:
            lines.append((strength[section], name, str(ast.literal_eval(value))))
    return {name: value for _, name, value in sorted(lines, key=lambda line: line[0])}


def uv_variables(
    pip: Mapping[str, str], environ: Mapping[str, str], has_uv_file: bool = False
) -> dict[str, str]:
    """Translate pip's settings into variables of uv.

    Args:
        pip: pip's settings by name.
        environ: The environment's variables, which have precedence.
        has_uv_file: Whether a configuration file of uv names the indexes. Defaults to
            False.
    """
    variables = {}
    for name, same in SAME_IN_UV.items():
        value = " ".join(pip.get(name, "").split())
        is_ours_to_say = not (has_uv_file and name in SOURCES)
        if value and is_ours_to_say and not any(environ.get(other) for other in same):
            comma = same[0] in COMMA_SEPARATED
            variables[same[0]] = value.replace(" ", ",") if comma else value
    if "UV_INDEX" in variables and not environ.get("UV_INDEX_STRATEGY"):
        # As pip does. The lock has hashes, so a package of the same name on another
        # index is not accepted.
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return variables


def has_uv_file(environ: Mapping[str, str]) -> bool:
    """Return whether this user or system has a configuration file of uv."""
    if environ.get("UV_CONFIG_FILE"):
        return True
    home = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/")) / ".config"
    folders = (Path(home) / "uv", Path("/etc/uv"))
    return any((folder / "uv.toml").exists() for folder in folders)


def uv_environment(pip: list[str | Path]) -> dict[str, str]:
    """Return the environment in which uv runs.

    Args:
        pip: The command that starts pip.
    """
    environ = {k: v for k, v in os.environ.items() if k not in _MISLEADING}
    settings = read_pip_settings(pip)
    environ |= uv_variables(settings, environ, has_uv_file(environ))
    return environ | {"UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "never"}


# Variables that select another environment, or prevent bytecode.
_MISLEADING = (
    "CONDA_PREFIX",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
    "UV_SYSTEM_PYTHON",
    "VIRTUAL_ENV",
)
