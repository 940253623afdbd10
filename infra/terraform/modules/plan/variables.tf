# SPDX-License-Identifier: Apache-2.0

variable "project_id" {
  description = "Google Cloud project that holds everything."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be the id of a project: 6 to 30 lower case letters, digits and hyphens. Received '${var.project_id}'."
  }
}

variable "name" {
  description = "Start of every name."
  type        = string
  default     = "prodl"

  validation {
    # The longest name made of it, the service account of the nodes, holds 30 characters.
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 24 lower case letters, digits and hyphens. Received '${var.name}'."
  }
}

variable "location" {
  description = "A zone, as europe-west4-a, or a region, as europe-west4: where the cluster runs. One zone is cheaper and enough for pipelines."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+(-[a-z])?$", var.location))
    error_message = "location must be a zone or a region. Received '${var.location}'."
  }
}

variable "pools" {
  description = "`pools` of infra/pools.yaml."
  type = map(object({
    machine_type = string
    disk_gb      = number
    max_nodes    = number
    spot         = bool
    labels       = map(string)
    selectors    = optional(map(string), {})
    taints = optional(list(object({
      key    = string
      value  = string
      effect = string
    })), [])
    accelerator = optional(object({
      resource = string
      type     = string
      count    = number
      topology = optional(string, "")
    }))
  }))

  validation {
    condition     = contains(keys(var.pools), "cpu")
    error_message = "pools needs 'cpu', where all steps run that ask for no accelerator. Received ${join(", ", keys(var.pools))}."
  }

  validation {
    condition     = alltrue([for pool in var.pools : pool.max_nodes >= 1 && pool.disk_gb >= 50])
    error_message = "Every pool needs max_nodes of 1 or more, and disk_gb of 50 or more: the image alone takes several gigabytes."
  }

  validation {
    # Reserved by the cloud; a node pool that declares one is refused.
    condition = alltrue(flatten([
      for pool in var.pools : [for key in keys(pool.labels) : !can(regex("(^|\\.)(google\\.com|kubernetes\\.io|k8s\\.io)/", key))]
    ]))
    error_message = "labels must not use a key below google.com, kubernetes.io or k8s.io: put those into selectors."
  }

  validation {
    condition = alltrue(flatten([
      for pool in var.pools : [for taint in pool.taints : contains(["NoSchedule", "PreferNoSchedule", "NoExecute"], taint.effect)]
    ]))
    error_message = "The effect of a taint is NoSchedule, PreferNoSchedule or NoExecute."
  }

  validation {
    condition = alltrue([
      for pool in var.pools : pool.accelerator == null ? true : contains([for taint in pool.taints : taint.key], pool.accelerator.resource)
    ])
    error_message = "A pool with an accelerator needs a taint of its resource's name, or other Pods fill its nodes."
  }

  validation {
    condition = alltrue([
      for pool in var.pools : try(pool.accelerator.topology, "") == "" ? true : can(regex("^[0-9]+x[0-9]+(x[0-9]+)?$", pool.accelerator.topology))
    ])
    error_message = "topology has two or three numbers, as 2x2 or 2x2x1."
  }
}

variable "cluster" {
  description = "`cluster` of infra/pools.yaml."
  type = object({
    namespace       = string
    service_account = string
  })
}

variable "enabled_pools" {
  description = "Which pools to make. Defaults to all of the table."
  type        = set(string)
  default     = null

  validation {
    condition     = var.enabled_pools == null ? true : contains(var.enabled_pools, "cpu")
    error_message = "enabled_pools needs 'cpu': most steps run there."
  }

  validation {
    condition     = var.enabled_pools == null ? true : length(setsubtract(var.enabled_pools, keys(var.pools))) == 0
    error_message = "enabled_pools names a pool that infra/pools.yaml does not have. Valid: ${join(", ", keys(var.pools))}."
  }
}

variable "pool_zones" {
  description = "Pool -> zones, for accelerators that not every zone has. Defaults to the cluster's own."
  type        = map(list(string))
  default     = {}
}

variable "artifact_readers" {
  description = "Kubernetes service accounts, as namespace/name, that show artifacts: the API server and the user interface of KFP."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for reader in var.artifact_readers : can(regex("^[a-z0-9-]+/[a-z0-9-]+$", reader))])
    error_message = "artifact_readers are written as namespace/name."
  }
}
