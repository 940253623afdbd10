# SPDX-License-Identifier: Apache-2.0
"""TensorFlow Data Validation on the Examples."""
