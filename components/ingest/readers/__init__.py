# SPDX-License-Identifier: Apache-2.0
"""One reader per data set: raw files to items."""
