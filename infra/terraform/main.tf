# SPDX-License-Identifier: Apache-2.0
# A cluster for Kubeflow Pipelines with the node pools of infra/pools.yaml, a bucket for
# artifacts, a registry for the image. Thin modules; their arguments are computed in
# modules/plan, which needs no provider and is tested.

locals {
  table = yamldecode(file("${path.module}/../pools.yaml"))
}

module "plan" {
  source = "./modules/plan"

  project_id       = var.project_id
  name             = var.name
  location         = var.location
  pools            = local.table.pools
  cluster          = local.table.cluster
  enabled_pools    = var.enabled_pools
  pool_zones       = var.pool_zones
  artifact_readers = var.artifact_readers
}

resource "google_project_service" "needed" {
  for_each = toset(["artifactregistry.googleapis.com", "compute.googleapis.com", "container.googleapis.com", "storage.googleapis.com"])

  service            = each.value
  disable_on_destroy = false
}

module "network" {
  source = "./modules/network"

  name   = module.plan.names.network
  region = module.plan.region

  depends_on = [google_project_service.needed]
}

module "storage" {
  source = "./modules/storage"

  bucket              = module.plan.names.bucket
  registry            = module.plan.names.registry
  region              = module.plan.region
  deletion_protection = var.deletion_protection

  depends_on = [google_project_service.needed]
}

module "identity" {
  source = "./modules/identity"

  project_id    = var.project_id
  nodes         = module.plan.names.nodes
  node_roles    = module.plan.node_roles
  data          = module.plan.names.data
  identity_pool = module.plan.identity_pool
  bucket        = module.storage.bucket
  bucket_roles  = module.plan.bucket_roles
  registry      = module.storage.registry
  region        = module.plan.region
}

module "cluster" {
  source = "./modules/cluster"

  name                = module.plan.names.cluster
  location            = var.location
  network             = module.network.network
  subnetwork          = module.network.subnetwork
  identity_pool       = module.plan.identity_pool
  node_account        = module.identity.node_account
  node_pools          = module.plan.node_pools
  operator_networks   = var.operator_networks
  deletion_protection = var.deletion_protection
}
