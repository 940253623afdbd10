# SPDX-License-Identifier: Apache-2.0
"""A TFX project of somebody else, whose package has the name of one of ours."""
