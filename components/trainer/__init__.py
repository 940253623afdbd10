# SPDX-License-Identifier: Apache-2.0
"""Trainer: one module per model family, each with the same public names."""
