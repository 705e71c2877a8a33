#!/usr/bin/env bash
# Compares the working tree with an earlier commit on the same work, in turn, several times.
#   bench/baseline.sh COMMIT [--runs 3] [--warm 10] [--seconds 15] [--works "a b c d"]
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || { sed -n '2,3p' "$0" >&2; exit 2; }
commit=$1; shift
tree=$(mktemp -d)
trap 'git worktree remove --force "$tree" 2>/dev/null' EXIT
git worktree add --detach "$tree" "$commit" >&2
BASELINE=$tree bench/compare.sh --peers "smalltalk baseline" "$@"
