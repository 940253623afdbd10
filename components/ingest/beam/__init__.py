# SPDX-License-Identifier: Apache-2.0
"""The Beam pipeline from items to Examples and item table."""
