#!/usr/bin/env bash
# SmallTalk as a cluster on this machine: nodes of the one binary, PostgreSQL, NATS, and HAProxy in front of them, all real.
#   ./cluster.sh [N] [SETTING...]    N nodes (3), each with these settings, such as --SmallTalk:Limits:MessagesPerSecond=100
# The address to open is http://localhost:8080, the nodes themselves are at the ports after 5080. A node that ends is started again: kill
# one and see. Ctrl+C ends everything; what was said stays in artifacts/cluster. Environment: PORT (8080), NODE_PORT (5080: the nodes are the ports after it), CLUSTER_DATA, CONFIGURATION (Release).
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
configuration=${CONFIGURATION:-Release} port=${PORT:-8080} node_port=${NODE_PORT:-5080}
count=${1:-3}
shift || true
settings=("$@")
fail() { echo "cluster.sh: $1" >&2; exit 1; }
[[ $count =~ ^[1-9][0-9]?$ ]] || fail "how many nodes? '$count' is not 1 to 99"
command -v dotnet >/dev/null || fail 'the .NET 10 SDK is missing: https://dotnet.microsoft.com/download'

packages=()
postgres_bin=$(find /usr/lib/postgresql -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -1)
[ -n "$postgres_bin" ] || packages+=(postgresql)
for program in nats-server haproxy; do
  command -v $program >/dev/null || [ -x /usr/sbin/$program ] || packages+=($program)
done
if [ ${#packages[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || fail "please install: ${packages[*]}"
  as_root=(); [ "$(id -u)" = 0 ] || as_root=(sudo)
  echo "Installing ${packages[*]}"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq "${packages[@]}" >/dev/null
  postgres_bin=$(find /usr/lib/postgresql -name initdb -printf '%h\n' | sort -V | tail -1)
fi
export PATH=$PATH:/usr/sbin

data=$(realpath -m "${CLUSTER_DATA:-artifacts/cluster}")
mkdir -p "$data"
echo 'Building'
dotnet build src/SmallTalk.Server -c "$configuration" -v q --nologo >"$data/build.log" || { cat "$data/build.log" >&2; fail 'the build failed'; }

nodes=() others=()
declare -A names
stop() {
  trap - EXIT INT TERM
  [ ${#nodes[@]} = 0 ] || { kill "${nodes[@]}" 2>/dev/null; wait "${nodes[@]}" 2>/dev/null; } || true
  [ ${#others[@]} = 0 ] || kill "${others[@]}" 2>/dev/null || true
  wait
}
trap stop EXIT
trap 'exit 0' INT TERM
start() { # name, command...: in the background, with a log of its own and out of reach of Ctrl+C: this script ends all, in order
  local name=$1; shift
  setsid "$@" >>"$data/$name.log" 2>&1 &
  started=$!
  names[$started]=$name
}
await() { # name, command...: until the command succeeds
  local name=$1; shift
  for _ in $(seq 600); do
    "$@" >/dev/null 2>&1 && return
    kill -0 "$started" 2>/dev/null || break
    sleep 0.1
  done
  tail -20 "$data/$name.log" >&2
  fail "$name did not become ready"
}
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }
is_ready() { node -e 'fetch(process.argv[1]).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))' "http://127.0.0.1:$1/health/ready"; }

as_postgres=() # who refuses to be root
[ "$(id -u)" != 0 ] || as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)
store=$data/postgresql store_port=$(free_port)
mkdir -p "$store"
[ "$(id -u)" != 0 ] || { chown postgres "$store"; chmod o+x "$data"; }
[ -f "$store/PG_VERSION" ] || (cd / && "${as_postgres[@]}" "$postgres_bin/initdb" -D "$store" -U smalltalk -A trust -E UTF8 --locale=C >"$data/postgresql.log" 2>&1) \
  || { tail -20 "$data/postgresql.log" >&2; fail "could not make a database in $store"; }
start postgresql "${as_postgres[@]}" "$postgres_bin/postgres" -D "$store" -p "$store_port" \
  -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=$((50 * count + 50))
others+=("$started")
psql=("$postgres_bin/psql" -h 127.0.0.1 -p "$store_port" -U smalltalk -d postgres -qtA)
await postgresql "${psql[@]}" -c 'SELECT 1'
[ "$("${psql[@]}" -c "SELECT 1 FROM pg_database WHERE datname = 'smalltalk'")" = 1 ] || "${psql[@]}" -c 'CREATE DATABASE smalltalk'

bus_port=$(free_port)
start nats nats-server -a 127.0.0.1 -p "$bus_port"
others+=("$started")
await nats answers "$bus_port"

start_node() { # number
  start "node$1" dotnet src/SmallTalk.Server/bin/"$configuration"/net10.0/SmallTalk.Server.dll --urls "http://127.0.0.1:$((node_port + $1))" --data "$data/node$1" \
    --SmallTalk:Store:Provider=PostgreSQL --SmallTalk:Store:ConnectionString="Host=127.0.0.1;Port=$store_port;Username=smalltalk;Database=smalltalk" \
    --SmallTalk:Nats:Urls="nats://127.0.0.1:$bus_port" --SmallTalk:Proxies=127.0.0.1 "${settings[@]}"
  nodes[$1]=$started
}
servers=''
for ((i = 1; i <= count; i++)); do
  start_node "$i"
  await "node$i" is_ready $((node_port + i))
  servers+="    server node$i 127.0.0.1:$((node_port + i))"$'\n'
  echo "Node $i of $count is ready: http://127.0.0.1:$((node_port + i)) (process $started)"
done

# The recipe, with this cluster's nodes.
{ sed -e "s/bind \*:8080.*/bind *:$port/" -e '/^    server node/d' deploy/haproxy.cfg; printf '%s' "$servers"; } >"$data/haproxy.cfg"
start haproxy haproxy -db -f "$data/haproxy.cfg"
others+=("$started")
await haproxy is_ready "$port"
echo "SmallTalk is ready. Open http://localhost:$port  ($count nodes, their logs in $data, stop: Ctrl+C)"
while wait -n -p ended "${!names[@]}" || [ -n "${ended:-}" ]; do
  name=${names[$ended]}
  unset "names[$ended]" ended
  [[ $name == node* ]] || fail "$name has ended: $data/$name.log"
  sleep 1 # as a service manager would
  start_node "${name#node}"
  echo "Node ${name#node} had ended and was started again (process $started)"
done
