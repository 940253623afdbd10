# SPDX-License-Identifier: Apache-2.0
# Every target that needs the environment makes it ready first: infra/bootstrap.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run test lock clean

# DVC starts each stage with the PATH it was given, and does not add its own folder.
IN_VENV := PATH="$(CURDIR)/.venv/bin:$$PATH"

help:  ## say what can be made
	@sed -n 's/^\([a-z]*\):.*  ## /  make \1\t/p' Makefile | expand -t 14

setup:  ## build .venv, or see that it is ready
	@infra/bootstrap

run: setup  ## train, check and publish the CNN on MNIST
	@$(IN_VENV) dvc repro publish@mnist-cnn
	@$(IN_VENV) prodl report mnist-cnn

test: setup  ## lint, types, tests
	@$(IN_VENV) ruff check
	@$(IN_VENV) ruff format --check
	@$(IN_VENV) mypy
	@$(IN_VENV) python -m pytest

lock: setup  ## resolve requirements.in again (ARGS=--upgrade: to newer versions)
	@$(IN_VENV) python -m infra.lock $(ARGS)

clean:  ## remove caches of the tools; environment, state and data stay
	@rm -rf .mypy_cache .pytest_cache .ruff_cache build *.egg-info
	@find components infra pipelines tests -name __pycache__ -prune -exec rm -rf {} +
