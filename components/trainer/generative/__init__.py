# SPDX-License-Identifier: Apache-2.0
"""Latent sampling and sample images, shared by GANs and variational autoencoders."""
