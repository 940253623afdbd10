# SPDX-License-Identifier: Apache-2.0
"""File formats: IDX, JPEG, archives, Project Gutenberg."""
