#!/usr/bin/env bash
# `make test`: every check, cheapest first; each step is named with its time, and the last line tells the outcome.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/.tools/bin:$PATH"
profile=default
[ "${CI:-}" != true ] || profile=ci

step() {
  local name=$1 start=$SECONDS
  shift
  printf '\n=== %s\n' "$name"
  "$@" || { printf '=== %s: FAILED after %d s\n' "$name" $((SECONDS - start)); exit 1; }
  printf '=== %s: ok, %d s\n' "$name" $((SECONDS - start))
}

# The advisory database is a git repository on github.com: checked where that can be reached, and
# said when it cannot.
advisories() {
  cargo deny --log-level error fetch db >/dev/null 2>&1 || { echo "skipped: the advisory database cannot be reached from here"; return 0; }
  cargo deny --log-level error check --disable-fetch advisories
}

step "setup" scripts/setup.sh test
step "format" cargo fmt --all --check
step "spelling" .venv/bin/typos
step "tidy" cargo xtask tidy
step "dependencies (bans, licences, sources)" cargo deny --log-level error check bans licenses sources
step "dependencies (advisories)" advisories
step "clippy" cargo clippy --locked --workspace --all-targets -- -D warnings
step "tests" cargo nextest run --locked --workspace --profile "$profile"
step "documentation tests" cargo test --locked --workspace --doc --quiet
printf '\n=== all checks passed in %d s\n' "$SECONDS"
