# SPDX-License-Identifier: Apache-2.0
"""What steps must agree on: artifact types, features of an item, signature names."""
