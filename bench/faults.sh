#!/usr/bin/env bash
# Three nodes, PostgreSQL and NATS, people who write and read, and one fault after the other: nodes, NATS and PostgreSQL killed, nodes
# stopped, lines cut without a word, a full disk, sometimes two at once. Ends with 0 when no promise broke. Told in docs/scaling.md.
#   bench/faults.sh [FAULTS=30] [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
dotnet build bench/SmallTalk.Bench.Faults -c Release -p:BuildWeb=false -v q >&2
exec bench/SmallTalk.Bench.Faults/bin/Release/net10.0/SmallTalk.Bench.Faults "$@"
