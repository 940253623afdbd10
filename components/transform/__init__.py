# SPDX-License-Identifier: Apache-2.0
"""Transform: preprocessing functions, one module per kind of data."""
