# SPDX-License-Identifier: Apache-2.0
"""What models of ratings share: the data by user, signatures, the training section."""
