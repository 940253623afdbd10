# SPDX-License-Identifier: Apache-2.0
# Roles go to Kubernetes service accounts themselves (workload identity federation): no
# key exists that could be lost, and no account in between that others could use.

data "google_project" "this" {
  project_id = var.project_id
}

locals {
  principals = "principal://iam.googleapis.com/projects/${data.google_project.this.number}/locations/global/workloadIdentityPools/${var.identity_pool}/subject"
}

resource "google_service_account" "nodes" {
  account_id   = var.nodes
  display_name = "Nodes of the pipeline cluster"
}

resource "google_project_iam_member" "nodes" {
  for_each = var.node_roles

  project = var.project_id
  role    = each.value
  member  = google_service_account.nodes.member
}

# Read access to one registry: nodes pull the image and nothing else.
resource "google_artifact_registry_repository_iam_member" "nodes" {
  repository = var.registry
  location   = var.region
  role       = "roles/artifactregistry.reader"
  member     = google_service_account.nodes.member
}

# Access to one bucket, not to the project.
resource "google_storage_bucket_iam_member" "accounts" {
  for_each = var.bucket_roles

  bucket = var.bucket
  role   = each.value
  member = "${local.principals}/ns/${split("/", each.key)[0]}/sa/${split("/", each.key)[1]}"
}

# For DVC alone. Its HMAC key is made by hand, so that no secret is in Terraform's state.
resource "google_service_account" "data" {
  account_id   = var.data
  display_name = "Reads data over the S3 interface"
}

resource "google_storage_bucket_iam_member" "data" {
  bucket = var.bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.data.member
}
