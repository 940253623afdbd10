# SPDX-License-Identifier: Apache-2.0
"""Autoencoders: plain, sparse and denoising."""
