# SPDX-License-Identifier: Apache-2.0
"""Questions over HTTP: to Kubernetes' API server, and to KFP, stores and registries."""
