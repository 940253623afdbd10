# SPDX-License-Identifier: Apache-2.0
"""Libraries that take seconds to import; the command line must not load them."""

from typing import Final

HEAVY: Final = (
    *("tensorflow", "tfx", "keras", "great_expectations", "apache_beam", "pandas"),
    *("kfp", "ml_metadata", "scipy", "sklearn", "pyarrow"),
)
