# SPDX-License-Identifier: Apache-2.0
"""Evaluation of models with an evidence lower bound."""
