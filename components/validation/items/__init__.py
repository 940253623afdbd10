# SPDX-License-Identifier: Apache-2.0
"""Validation of the item table with Great Expectations."""
