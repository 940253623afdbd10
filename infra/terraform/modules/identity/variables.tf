# SPDX-License-Identifier: Apache-2.0

variable "project_id" {
  description = "Project of everything."
  type        = string
}

variable "nodes" {
  description = "Name of the service account of the nodes."
  type        = string
}

variable "node_roles" {
  description = "Project roles of the nodes."
  type        = set(string)
}

variable "data" {
  description = "Name of the service account that reads data over the S3 interface."
  type        = string
}

variable "identity_pool" {
  description = "Workload identity pool of the project."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket."
  type        = string
}

variable "bucket_roles" {
  description = "Kubernetes service account, as namespace/name, -> its role in the bucket."
  type        = map(string)
}

variable "registry" {
  description = "Name of the registry."
  type        = string
}

variable "region" {
  description = "Region of the registry."
  type        = string
}
