#!/usr/bin/env bash
# `make bench`: builds the release binary, measures peers and limits, then Candor against the bars of
# speed and memory, and writes bench/RESULTS.md, and the same as data into bench/measured/. Some 70
# minutes on 2 cores, on an otherwise idle machine; the first time, environments are made before that.
# Disk: 40 GB free under target/.
#   CANDOR_SHARED=DIR    where the peers' scripts are (default ../shared); without them peers are skipped
#   PEERS_HOME=DIR       environments and data of the peers (default .peers)
#   SMOKE=1              seconds instead of minutes, to see that everything runs; writes target/bench-smoke.md
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
shared="$(realpath -m "${CANDOR_SHARED:-../shared}")/bench"
export PEERS_HOME="$(realpath -m "${PEERS_HOME:-.peers}")" CANDOR_SHARED="${shared%/bench}"
target="${CARGO_TARGET_DIR:-target}"
scripts/setup.sh run

say() { printf 'bench: %s\n' "$*"; }

# Python with numpy and pyarrow makes the rows; the peers bring their own environments.
python="$PEERS_HOME/core/bin/python"
if [ -x "$shared/setup_venvs.sh" ]; then
  peers=(core otlp)
  [ -n "${SMOKE:-}" ] || peers+=(whylogs phoenix mlflow evidently nannyml fair ge)
  "$shared/setup_venvs.sh" "${peers[@]}"
elif [ ! -x "$python" ]; then
  say "making an environment with numpy and pyarrow in $PEERS_HOME/core"
  python3 -m venv "$PEERS_HOME/core"
  "$PEERS_HOME/core/bin/pip" install --quiet --disable-pip-version-check numpy pyarrow
fi

say "building the release binary (the first build takes long)"
cargo build --release --locked --package candor --package candor-bench

rows="$PEERS_HOME/rows"
for what in templates distinct narrow; do
  folder=$what
  [ "$what" != templates ] || folder=parquet
  [ -e "$rows/$folder/index.json" ] || "$python" bench/rows.py "$what" --out "$rows"
done

mkdir -p "$target"
measured=bench/measured
[ -z "${SMOKE:-}" ] || measured="$target/bench-smoke"
mkdir -p "$measured"
results="$measured/peers.jsonl"
rm -f "$results" "$measured/figures.jsonl"
if [ -x "$shared/run.sh" ]; then
  for program in fio wrk nginx; do
    command -v "$program" >/dev/null || say "$program is not installed: its limits are skipped (apt-get install fio wrk nginx-light)"
  done
  only='limits_(fsync|fio_fsync|seqwrite|wal|sqlite_full|http_get|http_post)@|engine_(ndjson_duckdb|ndjson_polars|decode_pyarrow)@'
  runs=3 size=1000000
  if [ -n "${SMOKE:-}" ]; then runs=1 size=100000; fi
  say "measuring limits and engines"
  SKIP_SETUP=1 ONLY="$only" RUNS=$runs OUT="$(realpath -m "$results")" "$shared/run.sh" "$size" 10000 || say "some limits are missing"
  if [ -z "${SMOKE:-}" ]; then
    say "measuring peers"
    SKIP_SETUP=1 ONLY='whylogs_profile@|ingest_(phoenix_http|mlflow_otlp_t4)@|evidently_default@|nannyml_(univariate|cbpe|pca)@|fair_frame@|quality_ge@|engine_drift_duckdb@' RUNS=1 OUT="$(realpath -m "$results")" "$shared/run.sh" "$size" 10000 || say "some peers are missing"
  fi
else
  say "peers skipped: $shared is not there"
fi

if command -v npm >/dev/null && command -v "${CHROMIUM:-chromium}" >/dev/null; then
  say "measuring the interface in Chromium, with the demo's 2 million events"
  events=2000000
  [ -z "${SMOKE:-}" ] || events=100000
  CANDOR_BIN="$(realpath "$target/release/candor")" CANDOR_DEMO_ROWS=$events CANDOR_SPEED="$(realpath "$measured")/figures.jsonl" \
    npm --prefix ui run --silent speed || say "some pages of the interface could not be measured"
else
  say "the interface is skipped: it needs Node and Chromium (scripts/setup.sh test installs it)"
fi

say "measuring Candor"
arguments=(--candor "$target/release/candor" --dir "$target/bench" --rows "$rows" --table "$PEERS_HOME/data/wide_cur_1000000.parquet" --python "$python" --results "$measured/figures.jsonl")
out=bench/RESULTS.md
if [ -n "${SMOKE:-}" ]; then
  out="$target/bench-smoke.md"
  arguments+=(--seconds 4 --memory-seconds 6 --samples 20 --scan-rows 2000000 --start-rows 400000 --start-log-mib 64 --seeds 1)
fi
exec "$target/release/candor-bench" all --out "$out" --peers "$results" "${arguments[@]}"
