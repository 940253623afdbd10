# SPDX-License-Identifier: Apache-2.0
"""Trainer: a folder per model family, with the same module names in each."""
