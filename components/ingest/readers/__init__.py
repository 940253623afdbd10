# SPDX-License-Identifier: Apache-2.0
"""Readers, one per data set: from raw files to items."""
