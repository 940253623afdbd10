# SPDX-License-Identifier: Apache-2.0
"""KFP's driver, restated: what it makes of a step before its Pod starts."""
