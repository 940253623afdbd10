# SPDX-License-Identifier: Apache-2.0
"""Evaluator: one evaluate function per model family and one gate for all."""
