#!/usr/bin/env bash
# `make test`: every check, cheapest first. Each step is named with its time, and the last line tells
# the outcome. Locally the first failure ends it; in continuous integration all steps are run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/.tools/bin:$PATH"
ci=${CI:-false}
profile=default
[ "$ci" != true ] || profile=ci
failed=()
# What the failed steps said, so that the end of a long record tells why.
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT

# A terminal keeps its colours and its progress; only a record is written down twice.
recorded() {
  if [ "$ci" = true ]; then "$@" 2>&1 | tee "$said/${#failed[@]}"; else "$@"; fi
}

step() {
  local name=$1 start=$SECONDS
  shift
  printf '\n=== %s\n' "$name"
  if recorded "$@"; then
    printf '=== %s: ok, %d s\n' "$name" $((SECONDS - start))
    return
  fi
  printf '=== %s: FAILED after %d s\n' "$name" $((SECONDS - start))
  failed+=("$name")
  [ "$ci" = true ] || outcome
}

outcome() {
  if [ ${#failed[@]} = 0 ]; then
    printf '\n=== all checks passed in %d s\n' "$SECONDS"
    exit 0
  fi
  if [ "$ci" = true ]; then
    for i in "${!failed[@]}"; do
      printf '\n=== the end of what failed: %s\n' "${failed[$i]}"
      tail -n 80 "$said/$i"
    done
  fi
  printf '\n=== FAILED after %d s:' "$SECONDS"
  printf ' %s;' "${failed[@]}"
  printf '\n'
  exit 1
}

# What a browser loads first, packed, against its budget.
first_load() {
  npm --prefix ui run --silent build -- --logLevel warn && npm --prefix ui run --silent budget
}

# The interface in Chromium, over the binary that the tests have built and a small demo.
in_a_browser() {
  CANDOR_BIN="$(realpath "${CARGO_TARGET_DIR:-target}/debug/candor")" CANDOR_DEMO_ROWS=100000 npm --prefix ui run --silent e2e
}

# The Python SDK: its manner, its types, and its tests against the binary that the tests have built.
python_sdk() {
  local bin tools
  bin=$(realpath "${CARGO_TARGET_DIR:-target}/debug/candor") && tools=$(realpath .venv/bin) || return
  (
    cd sdk/python && "$tools/ruff" format --quiet --check . && "$tools/ruff" check --quiet . && "$tools/mypy" &&
      CANDOR_BIN="$bin" "$tools/pytest"
  )
}

scripts/setup.sh test
# The runner shows nothing of a test that passed, so what is skipped is told here.
shared=$(realpath -m "${CANDOR_SHARED:-../shared}")
if [ ! -d "$shared" ]; then
  printf '\n=== tests on shared data and reference values: SKIPPED, %s is not there (CANDOR_SHARED=DIR says where it is)\n' "$shared"
  [ "$ci" != true ] || printf '=== in continuous integration each of them fails\n'
fi
step "format" cargo fmt --all --check
step "spelling" .venv/bin/typos
step "tidy" cargo xtask tidy
step "dependencies: licences, duplicates, sources" cargo deny --log-level error check bans licenses sources
# The advisory database is a git repository on github.com.
if cargo deny --log-level off fetch db >/dev/null 2>&1; then
  step "dependencies: advisories" cargo deny --log-level error check --disable-fetch advisories
else
  printf '\n=== dependencies: advisories: SKIPPED, their database cannot be reached from here\n'
fi
step "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings
step "interface: types and lint" npm --prefix ui run --silent check
step "interface: logic" npm --prefix ui run --silent test
step "interface: first load" first_load
step "tests" cargo nextest run --locked --workspace --profile "$profile"
step "documentation tests" cargo test --locked --workspace --doc --quiet
step "python sdk" python_sdk
step "interface: in a browser" in_a_browser
outcome
