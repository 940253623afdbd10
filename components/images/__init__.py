# SPDX-License-Identifier: Apache-2.0
"""Image mathematics that trainer and evaluator share."""
