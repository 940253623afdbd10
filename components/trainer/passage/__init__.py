# SPDX-License-Identifier: Apache-2.0
"""Memorisation of one passage: the book's experiment 4-4 and 4-5."""
