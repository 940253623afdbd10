# SPDX-License-Identifier: Apache-2.0
"""Validation of the examples' statistics with TensorFlow Data Validation."""
