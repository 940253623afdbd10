# SPDX-License-Identifier: Apache-2.0
"""Input pipeline and serving function of models that read images."""
