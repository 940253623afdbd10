# SPDX-License-Identifier: Apache-2.0
"""The Beam pipeline from raw files to examples and item table."""
