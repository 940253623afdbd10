# SPDX-License-Identifier: Apache-2.0
"""Package index and certificates of this machine, as secrets of a build.

They are read while packages are installed, and are in no layer: an address may hold a
password, and a certificate is of one network.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from infra.environment import index

CERTIFICATES = "/run/secrets/certificates"
# What uv and pip read, in this process's environment or in pip's files.
FROM_THE_SHELL = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")
ADDRESSES = ("index-url", "extra-index-url", "trusted-host", "timeout", "proxy")


def index_script(
    pip: Mapping[str, str], environ: Mapping[str, str], has_certificates: bool
) -> str:
    """Return lines of shell that set the index for pip and uv.

    Args:
        pip: pip's settings by name.
        environ: Variables of this process.
        has_certificates: Whether the build gets certificates of this machine.
    """
    settings = {name: pip[name] for name in ADDRESSES if name in pip}
    variables = {f"PIP_{n.upper().replace('-', '_')}": v for n, v in settings.items()}
    variables |= index.uv_variables(settings, environ)
    variables |= {name: environ[name] for name in FROM_THE_SHELL if environ.get(name)}
    if has_certificates:
        variables |= {"PIP_CERT": CERTIFICATES, "SSL_CERT_FILE": CERTIFICATES}
    lines = (f"export {n}={shlex.quote(v)}\n" for n, v in sorted(variables.items()))
    return "".join(lines)


def build_options(pip: list[str | Path], folder: Path) -> list[str]:
    """Write the secrets; return the options of `buildah bud` that name them.

    Args:
        pip: The command that starts pip.
        folder: A private folder, deleted after the build.
    """
    settings = index.read_pip_settings(pip)
    named = settings.get("cert") or os.environ.get("SSL_CERT_FILE", "")
    script = folder / "index"
    script.touch(mode=0o600)
    script.write_text(index_script(settings, os.environ, bool(named)), "utf-8")
    options = ["--secret", f"id=index,src={script}"]
    if named:
        options += ["--secret", f"id=certificates,src={named}"]
    return options
