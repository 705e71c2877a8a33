#!/usr/bin/env bash
# Takes the pictures of every screen from the demo content, by the same walk that the tests take, and keeps the README's.
#   docs/screenshots.sh          into docs/screenshots
#   docs/screenshots.sh FOLDER   all of them, into FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
all=${1:-$(mktemp -d)}
mkdir -p "$all"
dotnet build tests/SmallTalk.Web.Tests -v q
SMALLTALK_SCREENSHOTS=$(realpath "$all") tests/SmallTalk.Web.Tests/bin/Debug/net10.0/SmallTalk.Web.Tests -class '*EveryScreen'
if [ $# = 0 ]; then
  mkdir -p docs/screenshots
  for language in ko en; do
    cp "$all/room-desktop-light.$language.png" "$all/room-phone-dark.$language.png" docs/screenshots/
  done
  rm -r "$all"
fi
