# SPDX-License-Identifier: Apache-2.0

output "name" {
  description = "Name of the cluster."
  value       = google_container_cluster.this.name
}

output "pools" {
  description = "Names of the node pools."
  value       = keys(google_container_node_pool.pools)
}
