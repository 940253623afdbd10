# SPDX-License-Identifier: Apache-2.0
"""Pieces of HTML: tables, texts, pictures."""
