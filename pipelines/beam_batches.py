# SPDX-License-Identifier: Apache-2.0
"""Batches of examples whose size follows from the data, not from the clock."""

from absl import flags

# Defines the flag.
from tfx_bsl.coders import batch_util  # noqa: F401


def batch_by_bytes() -> None:
    """Let Beam's steps read examples in batches of a size in bytes.

    By default TFX lets Beam choose the size by the time that each batch takes. Means
    and variances are added up batch by batch, so their last digits differed from run to
    run, and with them the weights of each network that numbers are scaled for.
    """
    # The flag's value counts only where absl has parsed a command line.
    flags.FLAGS.set_default("tfxio_use_byte_size_batching", True)
