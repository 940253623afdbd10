# SPDX-License-Identifier: Apache-2.0

output "names" {
  description = "Name of everything that is made."
  value = {
    cluster  = var.name
    network  = var.name
    registry = var.name
    nodes    = "${var.name}-nodes"
    data     = "${var.name}-data"
    # Bucket names are global; project ids are unique.
    bucket = "${var.project_id}-${var.name}"
  }
}

output "region" {
  description = "Region of the location."
  value       = local.region
}

output "node_pools" {
  description = "Node pools, in the cloud's words."
  value       = local.node_pools

  precondition {
    condition     = alltrue([for name, pool in local.node_pools : pool.max_nodes % pool.hosts == 0])
    error_message = "max_nodes of a TPU pool must be a multiple of the machines of its topology: ${join(", ", [for name, pool in local.node_pools : "${name} has ${pool.max_nodes} of ${pool.hosts}"])}."
  }
}

output "placement" {
  description = "What nodes of a pool offer, in Kubernetes' words: for comparison with what Pods ask for."
  value = {
    for name, pool in local.chosen : name => {
      labels = merge(pool.labels, pool.selectors)
      taints = pool.taints
    }
  }
}

output "identity_pool" {
  description = "Workload identity pool of the project."
  value       = local.identity_pool
}

output "runner" {
  description = "Kubernetes service account of the pipeline's Pods, as namespace/name."
  value       = local.runner
}

output "bucket_roles" {
  description = "Who may do what in the bucket: Kubernetes service account -> role."
  value = merge(
    { for reader in var.artifact_readers : reader => "roles/storage.objectViewer" },
    # Reads, writes and replaces objects, and cannot change the bucket or its policy.
    { (local.runner) = "roles/storage.objectUser" },
  )
}

output "node_roles" {
  description = "Project roles of the nodes: metrics and logs. Pods have roles of their own."
  value       = toset(["roles/container.defaultNodeServiceAccount"])
}

output "image" {
  description = "Where the container image belongs."
  value       = "${local.region}-docker.pkg.dev/${var.project_id}/${var.name}/prodl"
}
