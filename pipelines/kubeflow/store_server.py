# SPDX-License-Identifier: Apache-2.0
"""The server of the store that steps open themselves, and its refusals.

`components/model_store/object_store.py` takes the server from variables. How a step on
a cluster finds it is told here and in `store_session.py`: the code of that module is
part of the key of every training, on this machine too.
"""

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from components.core.errors import UsageError
from components.core.redaction import without_password, without_secrets
from components.model_store import object_store

# Scheme -> variable with its server.
ENDPOINT_VARIABLES: Final = {
    "s3": "AWS_ENDPOINT_URL",
    "minio": object_store.MINIO_VARIABLE,
}
# The server of minio:// where nothing else names one: the compiler writes it into a
# specification, by the version of Kubeflow Pipelines.
DEFAULT_VARIABLE: Final = "MINIO_DEFAULT_ENDPOINT_URL"


def check_endpoint(what: str, url: str) -> str:
    """Return the address of a server, without a slash at its end.

    Args:
        what: The option or variable that it comes from, for the message.
        url: The address.

    Raises:
        UsageError: If it is none.
    """
    try:
        parts = urlsplit(url)
        is_server = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_server = False
    if (
        not is_server
        or parts.scheme not in ("http", "https")
        or (parts.path.strip("/") or parts.query or parts.fragment)
    ):
        raise UsageError(
            f"{what}: expected the address of a server, http://HOST:PORT or "
            f"https://HOST.\nReceived {without_password(url)!r}."
        )
    return url.rstrip("/")


@contextmanager
def store_answers() -> Iterator[None]:
    """Say which store did not answer, or refused, and how to name another.

    Raises:
        UsageError: In the place of the store's own error.
    """
    try:
        yield
    except OSError as error:
        # Errors of files have a number, and so has an object that is not there.
        if error.errno is not None or not _is_of_store(error):
            raise
        variables = (os.environ.get(name, "") for name in ENDPOINT_VARIABLES.values())
        servers = " or ".join(without_password(url) for url in variables if url)
        raise UsageError(
            f"the store{f' at {servers}' if servers else ''} did not take the request."
            f"\n{without_secrets(str(error))}\nCheck the credentials "
            "(infra/pools.yaml: secret), or name the server of the store with "
            "--store-endpoint and compile again."
        ) from None


def _is_of_store(error: OSError) -> bool:
    frames = traceback.walk_tb(error.__traceback__)
    return any(f.f_code.co_filename == object_store.__file__ for f, _ in frames)
