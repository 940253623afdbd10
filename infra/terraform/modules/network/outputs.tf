# SPDX-License-Identifier: Apache-2.0

output "network" {
  description = "Id of the network."
  value       = google_compute_network.this.id
}

output "subnetwork" {
  description = "Id of the subnetwork, with ranges `pods` and `services`."
  value       = google_compute_subnetwork.this.id
}
