# SPDX-License-Identifier: Apache-2.0

# Artifacts, pushed models and DVC's files. Versioned: a file that was overwritten or
# deleted by mistake can be restored for 30 days.
resource "google_storage_bucket" "artifacts" {
  #checkov:skip=CKV_GCP_62:access is in Cloud Audit Logs; a second bucket for usage logs would tell less
  name                        = var.bucket
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 30
    }
    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age = 7
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }
}

resource "google_artifact_registry_repository" "images" {
  #checkov:skip=CKV_GCP_84:encrypted with the cloud's keys; keys of one's own are a decision of the project's owner
  repository_id = var.registry
  location      = var.region
  format        = "DOCKER"
  description   = "Container image of the pipelines."

  docker_config {
    # A moved tag would change the code behind a cached step.
    immutable_tags = true
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"

    most_recent_versions {
      keep_count = 10
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      older_than = "7776000s"
    }
  }
}
