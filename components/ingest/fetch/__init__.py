# SPDX-License-Identifier: Apache-2.0
"""Download the raw files of a data set and verify them."""
