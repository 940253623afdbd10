# SPDX-License-Identifier: Apache-2.0
"""The container image: what enters it, and building it without a Docker engine."""
