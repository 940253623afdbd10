# SPDX-License-Identifier: Apache-2.0
"""Pusher: check that the pushed model serves, and write its model card."""
