# SPDX-License-Identifier: Apache-2.0
"""Addresses and messages without passwords, for terminals, logs and records.

Messages of other libraries quote the address that they were given, also one that no
library can parse; so the text is searched, and urllib's parser decides only where it
can.
"""

import os
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

# Variables whose values are secrets wherever they appear.
SECRET_VARIABLES: Final = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("KAGGLE_API_TOKEN", "KAGGLE_KEY"),
)
HIDDEN: Final = "***"
# A shorter value is a placeholder, and part of ordinary words.
_MIN_SECRET: Final = 8
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/+|//")
# A longer word is no address, and costs more than it tells.
_MAX_ADDRESS: Final = 10_000
# What may hold an address with a user name.
_WORD_WITH_USER: Final = re.compile(r"(?<!\S)[^\s@]*@\S*")
# Of a container image, `registry:5000/prodl@sha256:...`.
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
# Schemes in which a user name alone is no secret; for HTTP it may be a token.
_NAMED_USERS: Final = ("ssh:", "git+ssh:", "sftp:")


def without_password(url: str) -> str:
    """Return an address without user name and password.

    The user name of an SSH address (`ssh://git@host`, `git@host:path`) stays. Any text
    is accepted, also an address that is not valid, and one with others inside it: where
    it cannot be told what is a password, more is hidden.

    Example:
        >>> without_password("https://me:secret@example.org/simple")
        'https://example.org/simple'
    """
    if len(url) > _MAX_ADDRESS:
        return url[url.rfind("@") + 1 :]
    shown, rest = "", url
    while "@" in rest:
        scheme = _SCHEME.search(rest)
        if scheme is None:
            return shown + rest if shown else _without_user(rest)
        start, rest = rest[: scheme.end()], rest[scheme.end() :]
        end = _end_of_credentials(rest)
        is_named_user = scheme[0].startswith(_NAMED_USERS) and ":" not in rest[:end]
        shown += start
        rest = rest if is_named_user else rest[end:]
        if is_named_user:
            shown, rest = shown + rest[:end], rest[end:]
    return shown + rest


def _without_user(text: str) -> str:
    user, _, rest = text.rpartition("@")
    return rest if ":" in user and not _DIGEST.match(rest) else text


def has_password(url: str) -> bool:
    """Whether an address has a password, or a user name that may be a token."""
    return without_password(url) != url


def without_secrets(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return a message without the passwords of its addresses and known secrets.

    Args:
        text: The message.
        environment: Variables; the values of `SECRET_VARIABLES` are hidden. Defaults to
            those of the process.
    """
    for name in SECRET_VARIABLES:
        if len(secret := environment.get(name, "")) >= _MIN_SECRET:
            text = text.replace(secret, HIDDEN)
    return _WORD_WITH_USER.sub(lambda word: without_password(word[0]), text)


def _end_of_credentials(rest: str) -> int:
    """Number of characters that are credentials after the scheme of an address.

    A password with an unescaped slash, or a host that is none, has another end than
    urllib would find: then all up to the last `@` counts.
    """
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    last = rest.rfind("@") + 1
    # `user:p@ss/word@host` against `token@example.org/repository@v1`.
    is_cut = "@" in authority and "." not in authority.rpartition("@")[2]
    if is_cut and "@" in rest[len(authority) :]:
        return last
    try:
        parts = urlsplit(f"//{authority}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        return last
    if "@" not in authority:
        return 0
    return authority.rfind("@") + 1 if host else last
