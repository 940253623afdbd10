# SPDX-License-Identifier: Apache-2.0
"""Recurrent language models."""
