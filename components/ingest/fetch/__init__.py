# SPDX-License-Identifier: Apache-2.0
"""Download, generation and packing of raw files, verified by checksum."""
