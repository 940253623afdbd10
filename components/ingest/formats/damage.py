# SPDX-License-Identifier: Apache-2.0
"""Which exceptions of a decoder mean that its bytes are damaged."""

import errno
from typing import Final

from components.core.errors import ProdlError

# Of the system, where a damaged archive asks for an impossible position or length.
_ERRNOS: Final = (None, errno.EINVAL, errno.EOVERFLOW)


def is_damage(error: Exception) -> bool:
    """Whether an exception of a decoder means that its bytes are damaged.

    Decoders raise nearly any exception for them; a full disk or an own error is not
    one of these.
    """
    if isinstance(error, OSError):
        return error.errno in _ERRNOS
    return not isinstance(error, ProdlError)
