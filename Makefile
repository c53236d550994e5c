# The front door: one line per verb. Logic lives in xtask/ (Rust) and scripts/ (shell).
export PATH := $(CURDIR)/.tools/bin:$(PATH)
LISTEN ?= 127.0.0.1:7411
.PHONY: help run build test browser setup fmt lint prove bench
.DEFAULT_GOAL := help

help: ## these verbs
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 14

run: ## install what is missing, build, and show a demo on 127.0.0.1:7411
	@scripts/run.sh $(LISTEN)

build: ## build everything for development
	cargo build --workspace

test: ## everything that continuous integration checks
	@scripts/test.sh

browser: ## drive the interface in Chromium (needs what make test builds; minutes)
	@CANDOR_BIN="$$(realpath $${CARGO_TARGET_DIR:-target}/debug/candor)" npm --prefix ui run --silent e2e

setup: ## install what building and testing need (into .tools and .venv)
	@scripts/setup.sh test

fmt: ## format the code
	cargo fmt --all

lint: ## format check, spelling, tidy, clippy
	cargo fmt --all --check && .venv/bin/typos && cargo xtask tidy && cargo clippy --workspace --all-targets -- -D warnings

bench: ## measure speed and memory against their bars; writes bench/RESULTS.md
	@scripts/bench.sh

prove: ## the long proofs: kill loops, simulated faults, malformed input; the tests of make test, many times over
	@scripts/prove.sh
