# SPDX-License-Identifier: Apache-2.0
"""Validation: judge items (Great Expectations) and distributions (TFDV), then gate."""
