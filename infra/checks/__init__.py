# SPDX-License-Identifier: Apache-2.0
"""Static checks of the infrastructure, without cluster or account."""
