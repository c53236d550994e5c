#!/usr/bin/env bash
# `make prove`: the proofs that take longer than a review may wait; PROVE_ROUNDS multiplies them.
# The tests are those of `make test`, with more rounds and seeds. docs/reliability.md says which
# promise each of them proves.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh test
export PATH="$PWD/.tools/bin:$PATH" CANDOR_PROVE="${PROVE_ROUNDS:-20}" PROPTEST_CASES=20000
cargo nextest run --locked --workspace --profile prove
