# SPDX-License-Identifier: Apache-2.0
"""Ingest: get the raw files, verify them, turn them into examples and an item table."""
