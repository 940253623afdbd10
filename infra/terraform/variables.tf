# SPDX-License-Identifier: Apache-2.0
# Rules about these values are checked in modules/plan, which is tested.

variable "project_id" {
  description = "Google Cloud project that holds everything."
  type        = string
}

variable "name" {
  description = "Start of every name. Defaults to prodl."
  type        = string
  default     = "prodl"
}

variable "location" {
  description = "A zone or a region for the cluster. Accelerators are not in every zone."
  type        = string
}

variable "enabled_pools" {
  description = "Which pools of infra/pools.yaml to make. Defaults to cpu alone: an empty pool costs nothing, but its quota must be there."
  type        = set(string)
  default     = ["cpu"]
}

variable "pool_zones" {
  description = "Pool -> zones, for accelerators that not every zone has. Defaults to the cluster's own."
  type        = map(list(string))
  default     = {}
}

variable "operator_networks" {
  description = "Name -> address range from which kubectl may reach the cluster. Nobody else can."
  type        = map(string)

  validation {
    condition     = length(var.operator_networks) > 0 && alltrue([for range in var.operator_networks : can(cidrhost(range, 0)) && range != "0.0.0.0/0"])
    error_message = "operator_networks needs at least one range, as 198.51.100.0/24, and not the whole internet."
  }
}

variable "artifact_readers" {
  description = "Kubernetes service accounts, as namespace/name, that show artifacts. Defaults to those of KFP."
  type        = set(string)
  default     = ["kubeflow/ml-pipeline", "kubeflow/ml-pipeline-ui"]
}

variable "deletion_protection" {
  description = "Whether `terraform destroy` refuses to take cluster and bucket away. Defaults to true."
  type        = bool
  default     = true
}
