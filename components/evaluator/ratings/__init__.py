# SPDX-License-Identifier: Apache-2.0
"""Evaluation of models of ratings beside rivals, by their signatures."""
