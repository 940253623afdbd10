# SPDX-License-Identifier: Apache-2.0
"""Validation of items (Great Expectations) and distributions (TFDV), and its gates."""
