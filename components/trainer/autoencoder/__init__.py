# SPDX-License-Identifier: Apache-2.0
"""Autoencoders: sparse and denoising."""
