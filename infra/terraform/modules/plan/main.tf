# SPDX-License-Identifier: Apache-2.0
# Computes all arguments from infra/pools.yaml: names, node pools, roles.

locals {
  # The table has Kubernetes' names of effects; the cloud's API has its own.
  effects = {
    NoSchedule       = "NO_SCHEDULE"
    PreferNoSchedule = "PREFER_NO_SCHEDULE"
    NoExecute        = "NO_EXECUTE"
  }

  region = join("-", slice(split("-", var.location), 0, 2))

  chosen = {
    for name, pool in var.pools : name => pool
    if var.enabled_pools == null ? true : contains(var.enabled_pools, name)
  }

  dimensions = {
    for name, pool in local.chosen : name => [
      for side in compact(split("x", try(pool.accelerator.topology, ""))) : tonumber(side)
    ]
  }

  # Machines that one TPU slice is made of: its chips, shared out evenly.
  hosts = {
    for name, pool in local.chosen : name => length(local.dimensions[name]) == 0 ? 1 : ceil(
      local.dimensions[name][0] * local.dimensions[name][1] * try(local.dimensions[name][2], 1) / pool.accelerator.count
    )
  }

  node_pools = {
    for name, pool in local.chosen : name => {
      machine_type = pool.machine_type
      disk_gb      = pool.disk_gb
      spot         = pool.spot
      labels       = pool.labels
      taints = [
        for taint in pool.taints : merge(taint, { effect = local.effects[taint.effect] })
      ]
      zones = lookup(var.pool_zones, name, null)

      # Nodes of a slice are created and deleted together.
      max_nodes = max(pool.max_nodes, local.hosts[name])
      hosts     = local.hosts[name]

      # A TPU's kind is in its machine type, a GPU is attached to one.
      gpus = try(pool.accelerator.resource, "") != "nvidia.com/gpu" ? [] : [
        { type = pool.accelerator.type, count = pool.accelerator.count }
      ]
      # A slice of a single machine has its topology by its machine type.
      slice_topology = local.hosts[name] > 1 ? pool.accelerator.topology : ""

      # Drivers of accelerators are kernel modules that secure boot may refuse.
      secure_boot = pool.accelerator == null
    }
  }

  identity_pool = "${var.project_id}.svc.id.goog"
  runner        = "${var.cluster.namespace}/${var.cluster.service_account}"
}
