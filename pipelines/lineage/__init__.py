# SPDX-License-Identifier: Apache-2.0
"""Runs, artifacts and models as ML Metadata recorded them."""
