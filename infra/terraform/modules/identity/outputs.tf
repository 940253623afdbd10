# SPDX-License-Identifier: Apache-2.0

output "node_account" {
  description = "Address of the nodes' service account, once it may do its work."
  value       = google_service_account.nodes.email

  depends_on = [
    google_artifact_registry_repository_iam_member.nodes,
    google_project_iam_member.nodes,
  ]
}

output "data_account" {
  description = "Address of the service account that reads data over the S3 interface."
  value       = google_service_account.data.email
}
