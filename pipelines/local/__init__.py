# SPDX-License-Identifier: Apache-2.0
"""Run a recipe on this machine under TFX's local runner."""
