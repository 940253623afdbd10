# SPDX-License-Identifier: Apache-2.0

resource "google_container_cluster" "this" {
  #checkov:skip=CKV_GCP_12:ADVANCED_DATAPATH below enforces network policies; the older switch is not for it
  #checkov:skip=CKV_GCP_65:no Google group is presumed; who may what inside is Kubernetes' own RBAC
  #checkov:skip=CKV_GCP_66:the image is built by the user and signed by nobody
  name                = var.name
  location            = var.location
  network             = var.network
  subnetwork          = var.subnetwork
  deletion_protection = var.deletion_protection

  # The pools below are the only ones.
  initial_node_count       = 1
  remove_default_node_pool = true

  # Enforces the network policies of infra/kubeflow.
  datapath_provider           = "ADVANCED_DATAPATH"
  enable_intranode_visibility = true
  enable_shielded_nodes       = true
  resource_labels             = { app = var.name }

  release_channel {
    channel = "REGULAR"
  }

  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }

  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = false
    master_ipv4_cidr_block  = "172.16.0.0/28"
  }

  master_authorized_networks_config {
    dynamic "cidr_blocks" {
      for_each = var.operator_networks

      content {
        display_name = cidr_blocks.key
        cidr_block   = cidr_blocks.value
      }
    }
  }

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  workload_identity_config {
    workload_pool = var.identity_pool
  }

  node_config {
    service_account = var.node_account
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]

    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }
  }

  logging_config {
    enable_components = ["SYSTEM_COMPONENTS", "WORKLOADS"]
  }

  monitoring_config {
    enable_components = ["SYSTEM_COMPONENTS"]
  }

  cost_management_config {
    enabled = true
  }

  lifecycle {
    # For the default pool, which is removed at once.
    ignore_changes = [node_config, initial_node_count]
  }
}

resource "google_container_node_pool" "pools" {
  #checkov:skip=CKV_GCP_68:on for pools without an accelerator; see secure_boot in modules/plan
  for_each = var.node_pools

  name           = each.key
  cluster        = google_container_cluster.this.id
  location       = var.location
  node_locations = each.value.zones

  autoscaling {
    # Totals, not per zone; from zero, so that an idle pool costs nothing.
    total_min_node_count = 0
    total_max_node_count = each.value.max_nodes
    location_policy      = each.value.spot ? "ANY" : "BALANCED"
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  dynamic "placement_policy" {
    for_each = each.value.slice_topology == "" ? [] : [each.value.slice_topology]

    content {
      type         = "COMPACT"
      tpu_topology = placement_policy.value
    }
  }

  node_config {
    machine_type    = each.value.machine_type
    disk_size_gb    = each.value.disk_gb
    disk_type       = "pd-balanced"
    image_type      = "COS_CONTAINERD"
    spot            = each.value.spot
    labels          = each.value.labels
    service_account = var.node_account
    # Permissions of a node are the roles of its account.
    oauth_scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    metadata     = { disable-legacy-endpoints = "true" }

    dynamic "taint" {
      for_each = each.value.taints

      content {
        key    = taint.value.key
        value  = taint.value.value
        effect = taint.value.effect
      }
    }

    dynamic "guest_accelerator" {
      for_each = each.value.gpus

      content {
        type  = guest_accelerator.value.type
        count = guest_accelerator.value.count

        gpu_driver_installation_config {
          gpu_driver_version = "DEFAULT"
        }
      }
    }

    # Starts a container while its image still streams in: the image is large.
    gcfs_config {
      enabled = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    shielded_instance_config {
      enable_secure_boot          = each.value.secure_boot
      enable_integrity_monitoring = true
    }
  }

  lifecycle {
    ignore_changes = [initial_node_count]
  }
}
