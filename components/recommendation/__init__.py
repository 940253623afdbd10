# SPDX-License-Identifier: Apache-2.0
"""Mathematics of ratings that trainers and evaluators share."""
