# SPDX-License-Identifier: Apache-2.0

output "bucket" {
  description = "Name of the bucket."
  value       = google_storage_bucket.artifacts.name
}

output "registry" {
  description = "Name of the registry."
  value       = google_artifact_registry_repository.images.name
}
