# SPDX-License-Identifier: Apache-2.0
"""Evaluation of models of tables: a class or a number, beside rivals."""
