# SPDX-License-Identifier: Apache-2.0
"""Limits learned from the data that they judge, and who approved them."""
