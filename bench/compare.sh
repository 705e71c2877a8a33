#!/usr/bin/env bash
# Loads SmallTalk and what its operator could pick instead with the same work, one after the other, several times: the server on
# one core, the generator on the other. Prints the medians and SmallTalk's ratio to each peer; the works are told in docs/performance.md.
#   bench/compare.sh [--runs 3] [--warm 20] [--seconds 15] [--works "a b c d e f"] [--peers "smalltalk sockets …"]
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 DOTNET_gcServer=0

runs=3 warm=20 seconds=15 works="a b c d e f"
peers="smalltalk sockets aspnet signalr-json signalr-messagepack rabbitmq activemq"
while [ $# -gt 0 ]; do
  case $1 in
    --runs | --warm | --seconds | --works | --peers) declare "${1#--}=$2"; shift 2 ;;
    *) sed -n '2,4p' "$0" >&2; exit 2 ;;
  esac
done

out=$(mktemp -d)
server='' port=7000
stop() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  server=''
}
trap 'stop; rm -rf "$out"' EXIT

install() {
  command -v "$1" >/dev/null || [ -e "$1" ] || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" >/dev/null; }
}

echo "building" >&2
dotnet publish src/SmallTalk.Server -c Release -o "$out/smalltalk" -p:BuildWeb=false -v q >&2
[ -z "${BASELINE:-}" ] || dotnet publish "$BASELINE/src/SmallTalk.Server" -c Release -o "$out/baseline" -p:BuildWeb=false -v q >&2 # see baseline.sh
dotnet publish bench/SmallTalk.Load.Peers -c Release -o "$out/peers" -v q >&2
dotnet publish bench/SmallTalk.Load -c Release -o "$out/load" -v q >&2

until_open() { # port
  for _ in $(seq 300); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    sleep 0.1
  done
  echo "nothing listens on $1" >&2
  return 1
}

# Each start_… sets $server, and $peer to what the generator must know.
start_smalltalk() { start_chat smalltalk; }
start_baseline() { start_chat baseline; }
start_chat() { # which build
  rm -rf "$out/data"
  SmallTalk__Limits__MessagesPerSecond=1000000 SmallTalk__Limits__MessageBurst=1000000 SmallTalk__Limits__SignUpsPerHour=1000000 \
    SmallTalk__Limits__RoomsPerHour=1000000 SmallTalk__Accounts__PasswordIterations=1 Logging__LogLevel__Default=Warning \
    taskset -c 0 "$out/$1/SmallTalk.Server" --urls "http://127.0.0.1:$port" --data "$out/data" >"$out/log" 2>&1 &
  server=$!
  peer=(--profile smalltalk --address "http://127.0.0.1:$port")
}
start_peer() { # kind, profile, path
  taskset -c 0 "$out/peers/SmallTalk.Load.Peers" "$1" "$port" >"$out/log" 2>&1 &
  server=$!
  peer=(--profile "$2" --address "ws://127.0.0.1:$port/$3")
}
start_sockets() { start_peer sockets bare ws; }
start_aspnet() { start_peer aspnet bare ws; }
start_signalr-json() { start_peer signalr signalr-json hub; }
start_signalr-messagepack() { start_peer signalr signalr-messagepack hub; }
run_sqlite() { # work: what of it a bare store does; groups as large as the server's
  case $1 in
    e) taskset -c 0 "$out/peers/SmallTalk.Load.Peers" sqlite e 500 1000 40 "$seconds" ;;
    f) taskset -c 0 "$out/peers/SmallTalk.Load.Peers" sqlite f 1 1 40 "$seconds" ;;
  esac >>"$out/results"
}
start_rabbitmq() {
  install /usr/lib/rabbitmq/bin/rabbitmq-server rabbitmq-server
  mkdir -p "$out/rabbitmq"
  echo '[rabbitmq_web_stomp].' >"$out/rabbitmq/plugins"
  printf 'listeners.tcp.1 = 127.0.0.1:%s\nweb_stomp.tcp.port = %s\nstomp.listeners.tcp.1 = 127.0.0.1:%s\n' $((port + 1)) "$port" $((port + 2)) >"$out/rabbitmq/rabbitmq.conf"
  HOME="$out/rabbitmq" RABBITMQ_NODENAME="bench$port@localhost" RABBITMQ_MNESIA_BASE="$out/rabbitmq" RABBITMQ_LOG_BASE="$out/rabbitmq" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$out/rabbitmq/plugins" RABBITMQ_CONFIG_FILE="$out/rabbitmq/rabbitmq" RABBITMQ_DIST_PORT=$((port + 3)) \
    ERL_EPMD_PORT=$((port + 4)) RABBITMQ_PID_FILE="$out/rabbitmq/pid" \
    taskset -c 0 /usr/lib/rabbitmq/bin/rabbitmq-server >"$out/log" 2>&1 &
  server=$!
  peer=(--profile broker --address "ws://127.0.0.1:$port/ws")
}
start_activemq() {
  install /usr/share/activemq/bin/activemq activemq
  mkdir -p "$out/activemq/conf"
  cat >"$out/activemq/conf/activemq.xml" <<EOT
<beans xmlns="http://www.springframework.org/schema/beans" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans.xsd
  http://activemq.apache.org/schema/core http://activemq.apache.org/schema/core/activemq-core.xsd">
  <broker xmlns="http://activemq.apache.org/schema/core" brokerName="bench" persistent="false" useJmx="false" dataDirectory="$out/activemq">
    <transportConnectors><transportConnector name="stomp" uri="stomp+nio://127.0.0.1:$port?maximumConnections=20000"/></transportConnectors>
  </broker>
</beans>
EOT
  taskset -c 0 java -Xmx2g -Dactivemq.home=/usr/share/activemq -Dactivemq.base="$out/activemq" -Dactivemq.conf="$out/activemq/conf" \
    -jar /usr/share/activemq/bin/activemq.jar start "xbean:file:$out/activemq/conf/activemq.xml" >"$out/log" 2>&1 &
  server=$!
  peer=(--profile broker --address "tcp://127.0.0.1:$port")
}

process() { # the process that does the work, when $server is only its parent
  local child
  case $1 in
    rabbitmq) child=$(pgrep -P "$server" -f beam || pgrep -f "bench$port@localhost.*beam" || true) ;;
  esac
  echo "${child:-$server}"
}

ulimit -n "$(ulimit -Hn)"
for run in $(seq "$runs"); do
  for work in $works; do
    case $work in e | f) names="smalltalk sqlite" ;; *) names=$peers ;; esac
    for name in $names; do
      port=$((port + 10))
      echo "── run $run of $runs: $work, $name" >&2
      [ "$name" != sqlite ] || { run_sqlite "$work"; continue; }
      "start_$name"
      if ! until_open "$port" || ! taskset -c 1 "$out/load/SmallTalk.Load" run "${peer[@]}" --name "$name" --pid "$(process "$name")" --work "$work" \
        --warm "$warm" --seconds "$seconds" >>"$out/results"; then
        echo "$name did not hold $work; its log:" >&2
        tail -5 "$out/log" >&2
      fi
      stop
    done
  done
done

echo
echo "$(date +%F), $(nproc) × $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1), medians of $runs runs of $seconds s after $warm s:"
echo
"$out/load/SmallTalk.Load" table "$out/results"
