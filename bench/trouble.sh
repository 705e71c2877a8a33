#!/usr/bin/env bash
# What people notice when things go wrong, on the server of this tree, one core for it and one for the generator: a crowd that is cut at
# once and comes back at once, and a reader that reads nothing. Told in docs/performance.md.
#   bench/trouble.sh storm [--clients 10000] [--rooms 100] [--rate 100] [--spread 0] [--guests] [--warm 20] [--seconds 15]
#   bench/trouble.sh slow [--readers 1000] [--rate 100] [--warm 20] [--seconds 15]
# SERVER=folder takes a server that is published already, LOAD=folder such a generator.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 DOTNET_gcServer=0
case ${1:-} in storm | slow) ;; *) sed -n '2,6p' "$0" >&2; exit 2 ;; esac

out=$(mktemp -d)
server=''
stop() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  rm -rf "$out"
}
trap stop EXIT

[ -n "${SERVER:-}" ] || { SERVER=$out/server; dotnet publish src/SmallTalk.Server -c Release -o "$SERVER" -p:BuildWeb=false -v q >&2; }
[ -n "${LOAD:-}" ] || { LOAD=$out/load; dotnet publish bench/SmallTalk.Load -c Release -o "$LOAD" -v q >&2; }

ulimit -n "$(ulimit -Hn)"
port=$((20000 + RANDOM % 10000)) # below the ports that clients come from
SmallTalk__Limits__MessagesPerSecond=1000000 SmallTalk__Limits__MessageBurst=1000000 SmallTalk__Limits__SignUpsPerHour=1000000 \
  SmallTalk__Limits__RoomsPerHour=1000000 SmallTalk__Accounts__PasswordIterations=1 Logging__LogLevel__Default=Warning \
  taskset -c 0 "$SERVER/SmallTalk.Server" --urls "http://127.0.0.1:$port" --data "$out/data" >"$out/log" 2>&1 &
server=$!
for _ in $(seq 300); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  sleep 0.1
done
if ! taskset -c 1 "$LOAD/SmallTalk.Load" "$@" --address "http://127.0.0.1:$port" --pid "$server"; then
  echo "the server's log:" >&2
  tail -20 "$out/log" >&2
  exit 1
fi
