# SPDX-License-Identifier: Apache-2.0
"""`prodl new recipe`: a block of params.yaml whose sizes and limits fit the data."""
