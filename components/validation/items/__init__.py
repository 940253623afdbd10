# SPDX-License-Identifier: Apache-2.0
"""Great Expectations on the item table."""
