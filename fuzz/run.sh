#!/usr/bin/env bash
# Fuzzes the parsers of foreign bytes, guided by coverage: SharpFuzz instruments the library, afl-fuzz chooses the inputs.
#   fuzz/run.sh [seconds] [stomp|websocket]     600 seconds of "stomp" unless said otherwise
# Begins with fuzz/corpus/TARGET, ends with a line of figures; exit code 1 when something crashed or hung. What it finds is in
# fuzz/findings (not committed); a finding becomes a test, and the new inputs become corpus: fuzz/run.sh 0 TARGET adds them, minimised.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-600} target=${2:-stomp}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
[ -d "corpus/$target" ] || { echo "run.sh: there is no corpus/$target" >&2; exit 2; }

if ! command -v afl-fuzz >/dev/null; then
  as_root=(); [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq afl++ >/dev/null
fi
(cd .. && dotnet tool restore >/dev/null)
program=findings/program
rm -rf "$program"
dotnet publish SmallTalk.Fuzz -c Release -o "$program" -v q
dotnet tool run sharpfuzz "$program/SmallTalk.Stomp.dll"

# The runtime is no native target: afl looks for its own marks in vain, and needs room for its memory.
export AFL_SKIP_BIN_CHECK=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_FAST_CAL=1
export DOTNET_gcServer=0 DOTNET_TieredPGO=0
out=findings/$target
run=("$(command -v dotnet)" "$program/SmallTalk.Fuzz.dll" "$target")

if [ "$seconds" = 0 ]; then
  all=findings/$target-all least=findings/$target-least # afl-cmin refuses to work in /tmp
  rm -rf "$all" "$least" && mkdir "$all"
  cp corpus/"$target"/* "$all"
  for found in "$out"/default/queue/id*; do cp "$found" "$all/$(sha256sum <"$found" | cut -c1-16)"; done
  afl-cmin -i "$all" -o "$least" -m none -t 5000 -- "${run[@]}"
  rm -rf "corpus/$target" && mkdir "corpus/$target"
  for kept in "$least"/*; do cp "$kept" "corpus/$target/$(sha256sum <"$kept" | cut -c1-16)"; done
  rm -rf "$all" "$least"
  echo "corpus/$target: $(find "corpus/$target" -type f | wc -l) inputs"
  exit
fi

rm -rf "$out"
afl-fuzz -i "corpus/$target" -o "$out" -V "$seconds" -m none -t 5000 -x stomp.dict -- "${run[@]}" >"findings/$target.log" 2>&1 \
  || { tail -20 "findings/$target.log" >&2; exit 2; }
figure() { sed -n "s/^$1 *: *//p" "$out/default/fuzzer_stats"; }
echo "$target: $(figure run_time) s, $(figure execs_done) executions ($(figure execs_per_sec) a second), $(figure corpus_count) paths" \
  "($(figure corpus_found) new), coverage map $(figure bitmap_cvg), $(figure saved_crashes) crashes, $(figure saved_hangs) hangs"
for found in "$out"/default/crashes/id* "$out"/default/hangs/id*; do
  [ ! -e "$found" ] || echo "read it once: dotnet run --project fuzz/SmallTalk.Fuzz -- $target 'fuzz/$found'"
done
[ "$(figure saved_crashes)" = 0 ] && [ "$(figure saved_hangs)" = 0 ]
