# SPDX-License-Identifier: Apache-2.0
# Targets that need the environment build or update it first: infra/bootstrap.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run test proof audit lock clean

# DVC starts each stage with its own PATH, to which it does not add its folder.
IN_VENV := PATH="$(CURDIR)/.venv/bin:$$PATH"

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*  ## /  make \1\t/p' Makefile | expand -t 14

setup:  ## build or update .venv
	@infra/bootstrap

run: setup  ## train, check and publish the CNN on MNIST
	@$(IN_VENV) dvc repro publish@mnist-cnn
	@$(IN_VENV) prodl report mnist-cnn

test: setup  ## lint, types, tests
	@$(IN_VENV) ruff check
	@$(IN_VENV) ruff format --check
	@$(IN_VENV) mypy
	@$(IN_VENV) python -m pytest

proof: setup  ## prove the cluster against a real control plane, which Go builds (ARGS)
	@$(IN_VENV) python -m infra.proof $(ARGS)

audit: setup  ## look for known vulnerabilities in requirements.lock (ARGS for pip-audit)
	@$(IN_VENV) python -m infra.audit $(ARGS)

lock: setup  ## resolve requirements.in (ARGS=--upgrade: to newer versions)
	@$(IN_VENV) python -m infra.lock $(ARGS)

clean:  ## remove caches of the tools; keep environment, state and data
	@rm -rf .mypy_cache .pytest_cache .ruff_cache build *.egg-info
	@find components infra pipelines tests tfx_kfp -name __pycache__ -prune -exec rm -rf {} +
