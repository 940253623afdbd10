# SPDX-License-Identifier: Apache-2.0
"""A control plane of Kubernetes on this machine, against which manifests are proven."""
