# SPDX-License-Identifier: Apache-2.0
"""Evaluation of models that memorised one passage."""
