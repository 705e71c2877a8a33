#!/usr/bin/env bash
# Installs what the tests need where it is missing, then runs every check and every test. The last line counts them all.
#   ./test.sh            everything
#   ./test.sh Server     only the parts named: format, web, Stomp, Server, Web
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

missing() { echo "test.sh: $1" >&2; exit 1; }
need_dotnet='the .NET 10 SDK is missing: https://dotnet.microsoft.com/download'
command -v dotnet >/dev/null || missing "$need_dotnet"
dotnet --list-sdks | grep -q '^10\.' || missing "$need_dotnet"
command -v npm >/dev/null || missing 'npm is missing: install Node.js 20 or newer with npm'
node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' || missing "Node.js 20 or newer is needed, this is $(node --version)"

# Debian's package for each command or font that the tests use.
install() {
  command -v apt-get >/dev/null || missing "please install: $*"
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  echo "Installing $*"
  "${as_root[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq "$@" >/dev/null \
    || missing "could not install $*"
}
packages=()
command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || packages+=(chromium-headless-shell)
[ -n "$(fc-list :lang=ko 2>/dev/null)" ] || packages+=(fontconfig fonts-noto-cjk)
fc-list 2>/dev/null | grep -qi emoji || packages+=(fonts-noto-color-emoji)
# STOMP clients that others wrote; the Stomp tests let each of them meet our broker.
/usr/bin/python3 -c 'import stomp' 2>/dev/null || packages+=(python3 python3-stomp)
perl -MNet::Stomp -e 1 2>/dev/null || packages+=(libnet-stomp-perl)
php8.2 -m 2>/dev/null | grep -qi stomp || packages+=(php8.2-cli php8.2-stomp)
for program in haproxy nginx caddy nats-server; do # the recipes in deploy/ at work, and nodes that tell each other
  command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || packages+=("$program")
done
[ -n "$(find /usr/lib/postgresql -name initdb 2>/dev/null)" ] || packages+=(postgresql)
[ ${#packages[@]} = 0 ] || install "${packages[@]}"

passed=0 failed=0 skipped=0
only=("$@")
wanted() { [ ${#only[@]} = 0 ] || [[ " ${only[*]} " == *" $1 "* ]]; }

check() { # name, command...: one check that passes or fails as a whole
  local name=$1; shift
  echo "── $name"
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $name" >&2; fi
}

count() { # passed, failed, skipped of a test runner
  passed=$((passed + ${1:-0})) failed=$((failed + ${2:-0})) skipped=$((skipped + ${3:-0}))
}

dotnet_tests() { # name of the suite, store (the embedded one), options of its runner...
  local suite=$1 store=${2:-sqlite} log summary total bad skip
  echo "── tests: $suite on $store"
  log=$(mktemp)
  SMALLTALK_TEST_STORE=$store "tests/SmallTalk.$suite.Tests/bin/Debug/net10.0/SmallTalk.$suite.Tests" \
    -result-ctrf "$reports/$suite.$store.json" "${@:3}" 2>&1 | tee "$log" | grep -vE '^\s*$'
  local code=${PIPESTATUS[0]}
  summary=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+, Not Run: [0-9]+' | tail -1)
  rm -f "$log"
  if [ -z "$summary" ]; then
    failed=$((failed + 1)); echo "FAILED: $suite ended without a summary (exit code $code)" >&2
    return
  fi
  read -r total errors bad skip notrun <<<"$(grep -oE '[0-9]+' <<<"$summary" | tr '\n' ' ')"
  count $((total - bad - skip - notrun)) $((bad + errors)) $((skip + notrun))
  [ "$code" = 0 ] || [ $((bad + errors)) -gt 0 ] || { failed=$((failed + 1)); echo "FAILED: $suite (exit code $code)" >&2; }
}

web_tests() {
  echo "── tests: web"
  local report
  report=$(mktemp)
  (cd web && npm test --silent -- --reporter=default --reporter=json --outputFile="$report") || true
  # shellcheck disable=SC2046
  count $(node -e '
    const fs = require("fs");
    try {
      const r = JSON.parse(fs.readFileSync(process.argv[1], "utf8"));
      console.log(r.numPassedTests, r.numFailedTests + (r.success || r.numFailedTests ? 0 : 1), r.numPendingTests + r.numTodoTests);
    } catch { console.log(0, 1, 0); }' "$report")
  rm -f "$report"
}

started=$SECONDS
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
check 'build (web client and solution, warnings are errors)' dotnet build SmallTalk.slnx -v q
if [ "$failed" = 0 ]; then
  wanted format && check 'format' dotnet format whitespace --verify-no-changes --no-restore
  if wanted web; then
    check 'web: types, lint, format' npm --prefix web run --silent check
    web_tests
  fi
  wanted Stomp && check 'clients from npm for the Stomp tests' npm --prefix tests/SmallTalk.Stomp.Tests/ForeignClients ci --silent --ignore-scripts
  wanted Stomp && dotnet_tests Stomp
  wanted Server && dotnet_tests Server
  # Again on the other store, but for what has to do with none of them or is always with this one.
  wanted Server && dotnet_tests Server postgresql \
    -namespace- '*.Cluster' -namespace- '*.Clients' -namespace- '*.Deploy' -namespace- '*.Text' -class- '*.MovingUp' -class- '*.ADeletedText' \
    -class- '*.ANodeThatStops' -class- '*.ACollector' -class- '*.StartingANode' -class- '*.TheDocumentation'
  wanted Web && dotnet_tests Web
  wanted Stomp && check 'docs/conformance.md is what the run says' node docs/conformance.mjs "$reports/Stomp.sqlite.json" --check
fi
echo
[ "$failed" = 0 ] || node -e '
  const fs = require("fs");
  for (const file of process.argv.slice(1))
    for (const { name, status, message } of JSON.parse(fs.readFileSync(file, "utf8")).results.tests)
      if (status === "failed") console.log(`FAILED: ${name}\n  ${(message ?? "").slice(0, 600)}`);' "$reports"/*.json
echo "$((SECONDS - started)) s"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
