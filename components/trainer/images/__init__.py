# SPDX-License-Identifier: Apache-2.0
"""Input and serving of models that take images."""
