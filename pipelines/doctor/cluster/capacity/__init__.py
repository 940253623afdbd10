# SPDX-License-Identifier: Apache-2.0
"""What a run asks for, compared with quota, limits and nodes."""
