# SPDX-License-Identifier: Apache-2.0
"""One module per reader, each with the functions that `tests.fuzz.reader` describes."""
