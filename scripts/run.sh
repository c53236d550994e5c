#!/usr/bin/env bash
# `make run`: installs what is missing, builds, and runs the demo; says where to look first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
listen="${1:-127.0.0.1:7411}"
candor="${CARGO_TARGET_DIR:-target}/release/candor"
scripts/setup.sh run
echo "Building candor (the first build takes 20 minutes on two quick cores, an hour on slow ones) …"
cargo build --release --locked --package candor
cat <<TEXT

Candor will listen on http://$listen and load a month of a fleet's traffic.
  Look:   http://$listen/              the fleet, its alerts, every prediction
  API:    http://$listen/api/docs/     every door, described and ready to try
  Count:  $candor sql 'SELECT count(*) FROM "credit-risk".predictions' --server http://$listen
  Send:   curl -H 'content-type: application/json' http://$listen/v1/models/credit/predictions \\
            -d '{"id":"a-1","inputs":{"amount":1200},"outputs":{"score":0.31}}'
Ctrl-C ends it.

TEXT
exec "$candor" demo --listen "$listen"
