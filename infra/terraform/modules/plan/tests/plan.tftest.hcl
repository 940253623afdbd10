# SPDX-License-Identifier: Apache-2.0
# `terraform init -backend=false && terraform test`, in the folder above.

variables {
  project_id = "example-project"
  location   = "europe-west4-a"
  pools      = yamldecode(file("../../../pools.yaml")).pools
  cluster    = yamldecode(file("../../../pools.yaml")).cluster
}

run "every_pool_of_the_table_is_made" {
  command = plan

  assert {
    condition     = jsonencode(keys(output.node_pools)) == jsonencode(keys(var.pools))
    error_message = "Pools are missing: ${join(", ", keys(output.node_pools))}."
  }

  assert {
    condition     = output.region == "europe-west4"
    error_message = "A zone lies in its region, not in ${output.region}."
  }
}

run "only_pools_that_were_asked_for_are_made" {
  command = plan

  variables {
    enabled_pools = ["cpu"]
  }

  assert {
    condition     = jsonencode(keys(output.node_pools)) == jsonencode(["cpu"])
    error_message = "Made ${join(", ", keys(output.node_pools))}."
  }
}

run "effects_are_in_the_words_of_the_cloud" {
  command = plan

  assert {
    condition     = output.node_pools["gpu"].taints[0].effect == "NO_SCHEDULE"
    error_message = "The effect is ${output.node_pools["gpu"].taints[0].effect}."
  }

  assert {
    condition     = output.placement["gpu"].taints[0].effect == "NoSchedule"
    error_message = "Pods tolerate effects in the words of Kubernetes."
  }
}

run "a_gpu_is_attached_and_a_tpu_is_not" {
  command = plan

  assert {
    condition     = jsonencode(output.node_pools["gpu"].gpus) == jsonencode([{ type = "nvidia-l4", count = 1 }])
    error_message = "The GPU pool attaches ${jsonencode(output.node_pools["gpu"].gpus)}."
  }

  assert {
    condition     = length(output.node_pools["tpu"].gpus) == 0 && length(output.node_pools["cpu"].gpus) == 0
    error_message = "Only the GPU pool attaches GPUs."
  }
}

run "a_slice_of_one_machine_needs_no_placement" {
  command = plan

  assert {
    condition     = output.node_pools["tpu"].hosts == 1 && output.node_pools["tpu"].slice_topology == ""
    error_message = "2x2 chips are the four of one machine."
  }
}

run "a_slice_of_several_machines_is_placed_together" {
  command = plan

  variables {
    pools = {
      cpu = { machine_type = "e2-standard-4", disk_gb = 100, max_nodes = 1, spot = false, labels = {} }
      tpu = {
        machine_type = "ct5lp-hightpu-4t", disk_gb = 100, max_nodes = 1, spot = true, labels = {}
        taints       = [{ key = "google.com/tpu", value = "present", effect = "NoSchedule" }]
        accelerator  = { resource = "google.com/tpu", type = "tpu-v5-lite-podslice", count = 4, topology = "4x4" }
      }
    }
  }

  assert {
    condition     = output.node_pools["tpu"].hosts == 4
    error_message = "16 chips in fours are 4 machines, not ${output.node_pools["tpu"].hosts}."
  }

  assert {
    condition     = output.node_pools["tpu"].max_nodes == 4 && output.node_pools["tpu"].slice_topology == "4x4"
    error_message = "A whole slice must fit into its pool."
  }
}

run "three_sides_count_as_well" {
  command = plan

  variables {
    pools = {
      cpu = { machine_type = "e2-standard-4", disk_gb = 100, max_nodes = 1, spot = false, labels = {} }
      tpu = {
        machine_type = "ct4p-hightpu-4t", disk_gb = 100, max_nodes = 8, spot = true, labels = {}
        taints       = [{ key = "google.com/tpu", value = "present", effect = "NoSchedule" }]
        accelerator  = { resource = "google.com/tpu", type = "tpu-v4-podslice", count = 4, topology = "2x2x4" }
      }
    }
  }

  assert {
    condition     = output.node_pools["tpu"].hosts == 4 && output.node_pools["tpu"].max_nodes == 8
    error_message = "16 chips in fours are 4 machines, and 8 hold two slices."
  }
}

run "nodes_that_hold_no_whole_slices_are_refused" {
  command = plan

  variables {
    pools = {
      cpu = { machine_type = "e2-standard-4", disk_gb = 100, max_nodes = 1, spot = false, labels = {} }
      tpu = {
        machine_type = "ct5lp-hightpu-4t", disk_gb = 100, max_nodes = 6, spot = true, labels = {}
        taints       = [{ key = "google.com/tpu", value = "present", effect = "NoSchedule" }]
        accelerator  = { resource = "google.com/tpu", type = "tpu-v5-lite-podslice", count = 4, topology = "4x4" }
      }
    }
  }

  expect_failures = [output.node_pools]
}

run "the_runner_writes_and_others_read" {
  command = plan

  variables {
    artifact_readers = ["kubeflow/ml-pipeline-ui"]
  }

  assert {
    condition = jsonencode(output.bucket_roles) == jsonencode({
      "kubeflow/ml-pipeline-ui" = "roles/storage.objectViewer"
      "prodl/prodl-runner"      = "roles/storage.objectUser"
    })
    error_message = "Roles are ${jsonencode(output.bucket_roles)}."
  }
}

run "nodes_may_do_nothing_but_report" {
  command = plan

  assert {
    condition     = output.node_roles == toset(["roles/container.defaultNodeServiceAccount"])
    error_message = "Nodes have ${join(", ", output.node_roles)}."
  }
}

run "names_carry_the_prefix" {
  command = plan

  variables {
    name = "vision"
  }

  assert {
    condition     = output.names.bucket == "example-project-vision" && output.names.nodes == "vision-nodes"
    error_message = "Names are ${jsonencode(output.names)}."
  }

  assert {
    condition     = output.image == "europe-west4-docker.pkg.dev/example-project/vision/prodl"
    error_message = "The image belongs at ${output.image}."
  }
}

run "unknown_pool_is_refused" {
  command = plan

  variables {
    enabled_pools = ["cpu", "gpus"]
  }

  expect_failures = [var.enabled_pools]
}

run "labels_of_the_cloud_are_refused" {
  command = plan

  variables {
    pools = {
      cpu = { machine_type = "e2-standard-4", disk_gb = 100, max_nodes = 1, spot = false, labels = { "cloud.google.com/gke-accelerator" = "nvidia-l4" } }
    }
  }

  expect_failures = [var.pools]
}

run "accelerator_without_its_taint_is_refused" {
  command = plan

  variables {
    pools = {
      cpu = { machine_type = "e2-standard-4", disk_gb = 100, max_nodes = 1, spot = false, labels = {} }
      gpu = {
        machine_type = "g2-standard-8", disk_gb = 200, max_nodes = 1, spot = true, labels = {}
        accelerator  = { resource = "nvidia.com/gpu", type = "nvidia-l4", count = 1 }
      }
    }
  }

  expect_failures = [var.pools]
}

run "table_without_cpu_is_refused" {
  command = plan

  variables {
    pools = {
      big = { machine_type = "e2-standard-4", disk_gb = 100, max_nodes = 1, spot = false, labels = {} }
    }
  }

  expect_failures = [var.pools]
}

run "wrong_location_is_refused" {
  command = plan

  variables {
    location = "Europe"
  }

  expect_failures = [var.location]
}

run "long_name_is_refused" {
  command = plan

  variables {
    name = "a-name-that-is-much-too-long"
  }

  expect_failures = [var.name]
}
