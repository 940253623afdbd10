# SPDX-License-Identifier: Apache-2.0

variable "bucket" {
  description = "Name of the bucket."
  type        = string
}

variable "registry" {
  description = "Name of the registry."
  type        = string
}

variable "region" {
  description = "Region of both; the cluster's, or every read costs."
  type        = string
}

variable "deletion_protection" {
  description = "Whether a bucket that holds objects stays."
  type        = bool
}
