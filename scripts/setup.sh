#!/usr/bin/env bash
# Installs what is missing to build, run and test Candor on a Debian machine with a Rust toolchain.
#   scripts/setup.sh run     a C compiler and make
#   scripts/setup.sh test    that, PostgreSQL, Prometheus, Alertmanager, Chromium, Python engines in
#                            .venv, cargo-nextest and cargo-deny in .tools
# The interface needs Node 20 or newer; without it `run` builds a binary with a plain page instead.
# Says what it installs; does nothing, quickly, when everything is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
purpose="${1:-test}"
case "$purpose" in run | test) ;; *) echo "usage: scripts/setup.sh [run|test]" >&2; exit 2 ;; esac
export PATH="$PWD/.tools/bin:$PATH"

say() { echo "setup: $*"; }
fail() { echo "setup: $*" >&2; exit 1; }

# Debian packages, by root or through sudo.
packages() {
  say "installing Debian packages: $*"
  command -v apt-get >/dev/null || fail "this is not Debian; install by hand: $*"
  local root=()
  [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null || fail "as root: apt-get install $*"; root=(sudo); }
  "${root[@]}" apt-get -q update
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "$@"
}

# A cargo tool: the one on PATH, else built once into .tools. Optimising it costs minutes and saves
# seconds.
tool() {
  local name=$1 version=$2
  command -v "$name" >/dev/null && return
  say "building $name $version into .tools (once, a few minutes)"
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
    CARGO_TARGET_DIR="$PWD/.tools/target" \
    cargo install --quiet --locked --root .tools --version "$version" "$name"
  rm -rf .tools/target
}

command -v cargo >/dev/null || fail "no Rust toolchain; https://rustup.rs installs one"
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
found=$(rustc --version | cut -d' ' -f2)
[ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -1)" = "$wanted" ] ||
  fail "Rust $wanted or newer is needed, this is $found; \`rustup update stable\` brings it"

missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v make >/dev/null || missing+=(make)
if [ "$purpose" = test ]; then
  command -v git >/dev/null || missing+=(git)
  # The small disk of the tests of a full one.
  command -v unshare >/dev/null && command -v nsenter >/dev/null || missing+=(util-linux)
  command -v mount >/dev/null || missing+=(mount)
  python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3 python3-venv)
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
  command -v prometheus >/dev/null || missing+=(prometheus)
  command -v prometheus-alertmanager >/dev/null || missing+=(prometheus-alertmanager)
  command -v "${CHROMIUM:-chromium}" >/dev/null || missing+=(chromium fonts-dejavu-core)
fi
[ ${#missing[@]} = 0 ] || packages "${missing[@]}"
[ "$purpose" = test ] || exit 0

# The interface's own packages are installed by the build, from its lock file.
command -v npm >/dev/null || fail "no Node toolchain; the interface and its tests need Node 20 or newer"

# The stamp is the list itself, so that a changed list is installed and an unchanged one costs nothing.
if ! cmp -s scripts/requirements.txt .venv/requirements.txt; then
  say "installing Python engines into .venv: $(grep -v '^#' scripts/requirements.txt | tr '\n' ' ')"
  [ -x .venv/bin/python ] || python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r scripts/requirements.txt
  cp scripts/requirements.txt .venv/requirements.txt
fi

cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
tool cargo-nextest 0.9.143
tool cargo-deny 0.20.2

# The hook is for people, so continuous integration's checkout is left as it is.
if [ "${CI:-}" != true ] && [ -e .git ] && [ "$(git config core.hooksPath || true)" != .githooks ]; then
  git config core.hooksPath .githooks
fi
