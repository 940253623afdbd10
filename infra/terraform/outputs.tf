# SPDX-License-Identifier: Apache-2.0

output "credentials" {
  description = "Command that makes kubectl speak to the cluster."
  value       = "gcloud container clusters get-credentials ${module.cluster.name} --location ${var.location} --project ${var.project_id}"
}

output "image" {
  description = "Where the image belongs: docker push, and prodl compile --image."
  value       = module.plan.image
}

output "pipeline_root" {
  description = "For prodl compile --root, and for infra/kubeflow/overlays/gke."
  value       = "gs://${module.storage.bucket}/artifacts"
}

output "runner" {
  description = "Kubernetes service account of the Pods, as namespace/name."
  value       = module.plan.runner
}

output "data_account" {
  description = "For `gcloud storage hmac create`: its key goes into infra/kubeflow/overlays/gke/storage.env."
  value       = module.identity.data_account
}
