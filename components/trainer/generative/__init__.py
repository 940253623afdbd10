# SPDX-License-Identifier: Apache-2.0
"""What GANs and variational autoencoders share."""
