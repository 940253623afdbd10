# SPDX-License-Identifier: Apache-2.0

variable "name" {
  description = "Name of the cluster."
  type        = string
}

variable "location" {
  description = "Zone or region of the cluster."
  type        = string
}

variable "network" {
  description = "Id of the network."
  type        = string
}

variable "subnetwork" {
  description = "Id of the subnetwork, with ranges `pods` and `services`."
  type        = string
}

variable "identity_pool" {
  description = "Workload identity pool of the project."
  type        = string
}

variable "node_account" {
  description = "Service account of the nodes."
  type        = string
}

variable "operator_networks" {
  description = "Name -> address range from which kubectl may reach the cluster."
  type        = map(string)
}

variable "node_pools" {
  description = "Output `node_pools` of modules/plan."
  type = map(object({
    machine_type   = string
    disk_gb        = number
    spot           = bool
    labels         = map(string)
    taints         = list(object({ key = string, value = string, effect = string }))
    zones          = optional(list(string))
    max_nodes      = number
    hosts          = number
    gpus           = list(object({ type = string, count = number }))
    slice_topology = string
    secure_boot    = bool
  }))
}

variable "deletion_protection" {
  description = "Whether the cluster refuses to be destroyed."
  type        = bool
}
