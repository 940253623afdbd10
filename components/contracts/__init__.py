# SPDX-License-Identifier: Apache-2.0
"""Contracts between steps: artifact types, features, item table, signature names."""
