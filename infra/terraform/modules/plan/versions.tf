# SPDX-License-Identifier: Apache-2.0
# No provider: everything here is arithmetic on the table, so that `terraform test` runs
# it on any machine, without a network and without an account.

terraform {
  required_version = ">= 1.9"
}
