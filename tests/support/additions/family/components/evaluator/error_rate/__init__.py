# SPDX-License-Identifier: Apache-2.0
"""Evaluation of a classifier by its error rate alone."""
