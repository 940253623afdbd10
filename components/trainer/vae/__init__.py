# SPDX-License-Identifier: Apache-2.0
"""Variational autoencoders (VAEs)."""
