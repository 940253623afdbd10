# SPDX-License-Identifier: Apache-2.0
"""Recurrent classifiers that read an image row by row."""
