# SPDX-License-Identifier: Apache-2.0
"""Nearest-centroid classifier of images."""
