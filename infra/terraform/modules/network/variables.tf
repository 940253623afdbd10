# SPDX-License-Identifier: Apache-2.0

variable "name" {
  description = "Name of network, subnetwork, router and address translation."
  type        = string
}

variable "region" {
  description = "Region of the subnetwork."
  type        = string
}
